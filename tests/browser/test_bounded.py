"""Calls of Playwright that would wait for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright._impl._sync_base import SyncBase
from playwright.sync_api import Browser, Page

from .bounded import MARGIN, bounded_calls
from .lab import new_page

pytestmark = pytest.mark.browser

NEVER = "() => new Promise(() => {})"
IN_A_SECOND = "() => new Promise((resolve) => setTimeout(() => resolve(true), 1000))"
CALLS: dict[str, Callable[[Page], object]] = {
    "Page.evaluate": lambda page: page.evaluate(NEVER),
    "Locator.evaluate": lambda page: page.locator("body").evaluate(NEVER),
    "Page.wait_for_function": lambda page: page.wait_for_function(NEVER),
}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = new_page(browser)
    yield page
    page.close()


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_never_ends_fails_by_name_and_the_page_goes_on(page: Page, name: str) -> None:
    with bounded_calls(0.5), pytest.raises(AssertionError, match=rf"^{name} did not end within 0\.5 s"):
        CALLS[name](page)
    assert page.evaluate("() => 6 * 7") == 42


def test_a_page_that_hangs_can_be_closed(page: Page, browser: Browser) -> None:
    with bounded_calls(0.5), pytest.raises(AssertionError, match=r"Page\.evaluate did not end within 0\.5 s"):
        page.evaluate("() => { for (;;); }")
    page.close()
    assert page.is_closed()
    another = new_page(browser)
    assert another.evaluate("() => 6 * 7") == 42
    another.close()


def test_a_call_has_the_longer_timeout_that_it_is_given(page: Page) -> None:
    with bounded_calls(0.1):
        held = page.wait_for_function(IN_A_SECOND, timeout=1000 * MARGIN)
    assert held.json_value() is True


def test_an_error_of_the_page_stays_what_it_is(page: Page) -> None:
    with bounded_calls(60), pytest.raises(Exception, match=r"Page\.evaluate: Error: not today"):
        page.evaluate("() => { throw new Error('not today') }")


def test_all_calls_to_the_browser_of_the_tests_are_bounded(browser: Browser) -> None:
    assert browser.is_connected()
    assert SyncBase._sync.__module__ == bounded_calls.__module__


@pytest.mark.parametrize("other", [None, lambda self: None], ids=["gone", "without an awaitable"])
def test_another_playwright_is_reported(monkeypatch: pytest.MonkeyPatch, other: object) -> None:
    monkeypatch.setattr(SyncBase, "_sync", other)
    with pytest.raises(RuntimeError, match="SyncBase"), bounded_calls():
        pass
