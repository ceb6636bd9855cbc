"""The options of the Chromium that the other tests drive."""

from __future__ import annotations

import contextlib

import psutil
import pytest
from playwright.sync_api import Browser

from .lab import LEFT_OUT

pytestmark = pytest.mark.browser


def test_what_playwright_leaves_out_is_left_out_though_only_the_last_option_counts(browser: Browser) -> None:
    commands = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            commands.append(process.cmdline())
    options = {  # Debian's are scripts, and one of them stays until the browser has ended
        tuple(frozenset(word.partition("=")[2].split(",")) for word in words if word.startswith("--disable-features="))
        for words in commands
        if not any(word.startswith("--type=") for word in words)
    }
    (given,) = filter(None, options)
    assert len(given) == 2
    assert given[-1] == set(LEFT_OUT)
    assert given[0] <= given[-1], "Playwright leaves out more by now: add it to LEFT_OUT"
    assert browser.is_connected()
