"""What is known once a browser has laid it out or painted it, with a kernel made of JavaScript (`js/test/harness`)."""

from __future__ import annotations

import functools
import http.server
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

ROOT = Path(__file__).parents[2]
OUTSIDE = """() => {
    const edge = document.querySelector('.vw-root').getBoundingClientRect().right + 1
    const parts = [...document.querySelectorAll('.vw-root :is(button, span, label, input, select)')]
    return parts.filter((part) => part.getBoundingClientRect().right > edge)
        .filter((part) => getComputedStyle(part).overflow !== 'hidden')
        .map((part) => part.className + ': ' + part.textContent)
}"""
MARKS = """() => {
    const write = CanvasRenderingContext2D.prototype.fillText
    window.marks = []
    CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
        marks.push(text)
        return write.call(this, text, ...place)
    }
}"""
LOG = """([name, rows]) => harness.post(
    harness.update({series: [{name, start: 0, buffer: 0}]}), [new DataView(Float64Array.from(rows.flat()).buffer)])"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(ROOT))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/js/test/harness/?frames=0&theme=light&scene=names"
        server.shutdown()


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []

    def open_(width: int = 500, **options: Any) -> Page:
        page = browser.new_page(viewport={"width": width, "height": 900}, **options)
        pages.append(page)
        page.add_init_script(f"({MARKS})()")
        page.goto(address)
        page.locator(".vw-progress").wait_for()
        return page

    yield open_
    for page in pages:
        page.close()


def log(page: Page, name: str, rows: list[list[float]]) -> None:
    """Sends the rows of one scalar: step, low, high, average."""
    page.evaluate(LOG, [name, rows])


def colours(part: Locator) -> list[tuple[int, int, int]]:
    """Those of the middle row of what ``part`` looks like, a tenth and nine tenths across."""
    picture = Image.open(io.BytesIO(part.screenshot())).convert("RGB")
    width, height = picture.size
    found = [picture.getpixel((x, height // 2)) for x in (width // 10, width * 9 // 10)]
    return [(red, green, blue) for red, green, blue in found]  # type: ignore[misc]


def distance(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("width", [360, 500, 1000])
def test_long_words_stay_within_the_view(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(width)
    log(page, "weights_of_the_first_layer_" * 6, [[0, 1, 1, 1], [1, 2, 2, 2]])
    recording = {
        "subject": "v",
        "path": "/data/" + "long_" * 40,
        "state": "saved",
        "frames": 1,
        "seconds": 1,
        "bytes": 1,
    }
    page.evaluate(
        "recording => harness.post(harness.update({status: {...harness.status, recordings: [recording]}}))",
        {**recording, "token": ""},
    )
    expect(page.locator(".vw-reading")).to_be_visible()
    expect(page.locator(".vw-recording")).to_be_visible()
    assert page.evaluate(OUTSIDE) == []
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".vw-notice")).to_have_count(0)


def test_a_control_without_a_label_has_its_room_and_a_name(open_page: Callable[..., Page]) -> None:
    page = open_page()
    track = page.get_by_role("slider", name="lr", exact=True).bounding_box()
    row = page.locator(".vw-slider").bounding_box()
    assert track is not None
    assert row is not None
    assert abs(track["x"] - row["x"]) < 2
    expect(page.get_by_role("combobox", name="optimiser", exact=True)).to_be_visible()
    expect(page.get_by_role("progressbar", name="Progress")).to_have_attribute("aria-valuetext", "epoch 42 of 100")


def test_nothing_is_drawn_where_a_training_has_diverged(open_page: Callable[..., Page]) -> None:
    page = open_page()
    finite = [[step, 0.5, 0.6, 0.55] for step in range(100)]
    log(page, "loss", finite + [[step, float("nan"), float("nan"), 0.55] for step in range(100, 200)])
    expect(page.locator(".vw-diverged")).to_have_text("loss not finite")
    picture = Image.open(io.BytesIO(page.locator(".u-over").screenshot())).convert("RGB")
    width, height = picture.size
    coloured = [
        x
        for x in range(width)
        for y in range(height)
        if max(pixel := picture.getpixel((x, y))) - min(pixel) > 60  # type: ignore[arg-type]
    ]
    assert min(coloured) < 0.1 * width
    assert 0.45 * width < max(coloured) < 0.55 * width


def test_the_marks_of_a_plateau_differ(open_page: Callable[..., Page]) -> None:
    page = open_page()
    log(page, "reward", [[step, *[-100.01 - step * 1e-3] * 3] for step in range(50)])
    expect(page.locator(".vw-reading")).to_be_visible()
    marks = [mark for mark in page.evaluate("marks") if mark.startswith("-")]
    assert len(marks) > 1
    assert len(set(marks)) == len(marks)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_leave_what_is_painted(open_page: Callable[..., Page], scheme: str) -> None:
    page = open_page(forced_colors="active", color_scheme=scheme)
    for part in (page.get_by_role("slider", name="lr", exact=True), page.locator(".vw-progress")):
        full, rest = colours(part)
        assert distance(full, rest) > 60
    running = page.locator(".vw-state")
    dot = running.evaluate("e => getComputedStyle(e, '::before').forcedColorAdjust")
    assert dot == "none"


def test_a_track_fills_from_the_side_where_reading_begins(open_page: Callable[..., Page]) -> None:
    page = open_page()
    track = page.get_by_role("slider", name="lr", exact=True)
    left, right = colours(track)
    page.evaluate("document.documentElement.dir = 'rtl'")
    mirrored = colours(track)
    assert distance(left, right) > 60
    assert mirrored == [right, left]
