"""A Chromium from which Playwright can disconnect.

While connected, it is told of every WebSocket message, which takes a tenth of a core from what is measured.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.browser.lab import CHROMIUM_OPTIONS
from tests.browser.notebook import Notebook

WINDOW = "1400,1087"
"""CSS pixels of the window; its frame leaves 1400 x 1000 of them to the page."""


class Chromium:
    """A headless process of Debian's Chromium, and the connection to it."""

    def __init__(self, playwright: Playwright, folder: Path) -> None:
        self._playwright = playwright
        options = ["--headless", "--remote-debugging-port=0", f"--user-data-dir={folder}", f"--window-size={WINDOW}"]
        command = [shutil.which("chromium") or "chromium", *options, *CHROMIUM_OPTIONS, "about:blank"]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self._address = self._wait_for_address()
        self._browser = self._connect()
        self.version = self._browser.version

    def _wait_for_address(self) -> str:
        """Waits until its standard error reports the address it listens on."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if "DevTools listening on " in line:
                return line.partition("DevTools listening on ")[2].strip()
        raise RuntimeError(f"Chromium ended with {self._process.wait()} before it listened")

    def _connect(self) -> Browser:
        return self._playwright.chromium.connect_over_cdp(self._address)

    def new_page(self) -> Page:
        """A page in the window's own context, which stays when the connection is cut."""
        return self._browser.contexts[0].new_page()

    @contextmanager
    def unwatched(self, notebook: Notebook) -> Iterator[None]:
        """Disconnects inside. Afterwards the notebook's page is a different object."""
        url = notebook.page.url
        self._browser.close()
        yield
        self._browser = self._connect()
        notebook.watch(next(page for page in self._browser.contexts[0].pages if page.url == url))

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)


@contextmanager
def chromium() -> Iterator[Chromium]:
    """A Chromium with its own profile, which is deleted with it."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, sync_playwright() as playwright:
        browser = Chromium(playwright, Path(folder))
        try:
            yield browser
        finally:
            browser.close()
