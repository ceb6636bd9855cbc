"""The site in Chromium, opened from its files with the network off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.reader import Reader, reading

from .conftest import LANDING, REPLAYED

pytestmark = pytest.mark.browser


def complaints(reader: Reader) -> list[str]:
    """Errors and requests. The theme's own log messages do not count."""
    return [problem for problem in reader.problems if not problem.startswith("log: [PST]")]


@pytest.fixture
def replayed(browser: Browser, site: Path) -> Iterator[Reader]:
    with reading(browser, site / "tutorial" / f"{REPLAYED}.html") as reader:
        yield reader
        assert complaints(reader) == []


def test_no_page_makes_a_request(browser: Browser, site: Path) -> None:
    """Pages of every kind. `test_nothing_is_loaded_from_elsewhere` checks what the texts of all pages name."""
    top = sorted(path.name for path in site.glob("*.html"))
    assert "index.html" in top
    notebooks = ("index", "01_hello_tensor", LANDING.removesuffix(".ipynb"), REPLAYED)
    pages = [*top, *(f"tutorial/{name}.html" for name in notebooks), "reference/index.html", "reference/tree.html"]
    with reading(browser, site / "zh" / "index.html") as reader:
        for page in pages:
            reader.page.goto((site / page).as_uri())
            expect(reader.page.locator("h1").first).to_be_visible()
        assert complaints(reader) == []


def test_a_view_replays_in_place(replayed: Reader) -> None:
    page = replayed.page
    expect(page.locator("figure.view.is-live .vw-replay")).to_have_count(1)
    expect(page.locator(".view-still")).to_be_hidden()
    replayed.wait_until(lambda: replayed.step > 0)  # it has painted its end
    last = replayed.step
    page.locator(".vw-replay").get_by_label("Time line").press("Home")
    replayed.wait_until(lambda: replayed.step < last)
    assert replayed.pixels(0).std() > 1


def test_the_landing_page_plays(browser: Browser, site: Path) -> None:
    with reading(browser, site / "index.html") as reader:
        reader.wait_until(lambda: reader.page.locator(".plays .vw-replay").count() == 1)
        steps = set()
        reader.wait_until(lambda: len(steps) > 3 or steps.add(reader.step))  # type: ignore[func-returns-value]
        assert len(steps) > 3
        expect(reader.page.get_by_alt_text("A view in JupyterLab")).to_have_count(0)
        assert complaints(reader) == []


def test_without_a_run_the_landing_page_shows_a_picture(browser: Browser, site: Path) -> None:
    with reading(browser, site / "zh" / "index.html") as reader:
        expect(reader.page.get_by_alt_text("JupyterLab 中的一个视图")).to_be_visible()
        expect(reader.page.locator(".vw-replay")).to_have_count(0)
        assert complaints(reader) == []


def test_views_follow_the_theme_of_the_site(replayed: Reader) -> None:
    page = replayed.page
    body, view = page.locator("body"), page.locator(".vw-root").first
    light = view.evaluate("view => getComputedStyle(view).backgroundColor")
    expect(body).to_have_attribute("data-jp-theme-light", "true")
    page.locator("html").evaluate("root => { root.dataset.theme = 'dark'; }")
    expect(body).to_have_attribute("data-jp-theme-light", "false")
    dark = view.evaluate("view => getComputedStyle(view).backgroundColor")
    assert (light, dark) == ("rgb(255, 255, 255)", "rgb(20, 23, 28)")


def test_the_language_is_changed_on_the_same_page(replayed: Reader) -> None:
    page = replayed.page
    page.locator(".languages:visible").get_by_text("中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    assert page.url.endswith(f"/zh/tutorial/{REPLAYED}.html")
    page.locator(".languages:visible").get_by_text("English").click()
    assert page.url.endswith(f"/site/tutorial/{REPLAYED}.html")


@pytest.mark.parametrize(
    ("language", "word", "found"),
    [
        ("", "slider_int", "Panel.slider_int"),
        ("", "believes", "03 · Live training"),
        ("zh", "slider_int", "Panel.slider_int"),
        ("zh", "学习率", "03 · 实时训练"),
        ("zh", "坐标", "03 · 实时训练"),
    ],
)
def test_words_are_found_without_a_server(browser: Browser, site: Path, language: str, word: str, found: str) -> None:
    path = site / language / "search.html"
    with reading(browser, path) as reader:
        reader.page.goto(f"{path.as_uri()}?q={word}")
        expect(reader.page.locator("#search-results a", has_text=found).first).to_be_visible()
        assert complaints(reader) == []
