"""Calls of Playwright that would wait for ever."""

from __future__ import annotations

import pytest
from playwright._impl._sync_base import SyncBase
from playwright.sync_api import Browser

from .bounded import bounded_calls
from .lab import new_page

pytestmark = pytest.mark.browser


def test_a_call_that_never_ends_fails_by_name_and_the_page_goes_on(browser: Browser) -> None:
    page = new_page(browser)
    with bounded_calls(0.5), pytest.raises(AssertionError, match=r"Page\.evaluate did not end within 0\.5 s"):
        page.evaluate("() => new Promise(() => {})")
    assert page.evaluate("() => 6 * 7") == 42
    page.close()


def test_an_error_of_the_page_stays_what_it_is(browser: Browser) -> None:
    page = new_page(browser)
    with bounded_calls(60), pytest.raises(Exception, match="not today"):
        page.evaluate("() => { throw new Error('not today') }")
    page.close()


def test_another_playwright_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(SyncBase, "_sync")
    with pytest.raises(RuntimeError, match="SyncBase"), bounded_calls():
        pass
