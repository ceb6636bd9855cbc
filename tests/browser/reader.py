"""An exported page, opened from a file with the network off."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Route

from tests.patience import PATIENCE, wait_until

TRAP = "window.sprung = []; window.trap = (name) => window.sprung.push(name ?? 'sprung'); window.alert = window.trap;"
"""What hostile content calls, if it can."""

PIXELS = """canvas => {
  const copy = document.createElement('canvas');
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const context = copy.getContext('2d');
  context.drawImage(canvas, 0, 0);
  const data = context.getImageData(0, 0, copy.width, copy.height).data;
  let text = '';
  for (const byte of data) text += String.fromCharCode(byte);
  return [copy.width, copy.height, btoa(text)];
}"""


class Reader:
    """A page, and everything it requested or complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("request", self._asked)
        page.on("requestfailed", lambda request: self.problems.append(f"failed: {request.url[:200]}"))

    def _said(self, message: ConsoleMessage) -> None:
        self.problems.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.problems.append(f"request: {request.url}")

    @property
    def step(self) -> int:
        """The step whose pictures the first view has painted."""
        return int(self.page.locator(".vw-replay").first.get_attribute("data-vw-step") or 0)

    def wait_for_step(self, step: int) -> None:
        self.page.locator(f".vw-replay[data-vw-step='{step}']").first.wait_for()

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Polls from here, because the page's policy blocks what Playwright would evaluate repeatedly."""
        wait_until(holds)

    def pixels(self, canvas: int) -> Any:
        """(height, width, 4) uint8 of the ``canvas``-th picture on the page."""
        width, height, text = self.page.locator(".vw-pictures canvas").nth(canvas).evaluate(PIXELS)
        return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)


def texts_of(part: Locator) -> Callable[[], list[str]]:
    """Records every text that ``part`` takes from now on, for texts that go by themselves while a test looks."""
    recorded = part.evaluate_handle(
        """part => {
            const texts = [];
            const note = () => texts.push(part.textContent);
            new MutationObserver(note).observe(part, { characterData: true, childList: true, subtree: true });
            return texts;
        }"""
    )
    return lambda: list(recorded.json_value())


def continuing(page: Page) -> Locator:
    """The bars of the trainings that a page goes on with."""
    return page.get_by_role("group", name="Training in this page")


def step_of(bar: Locator) -> int:
    """The step that such a training has come to, as its bar says."""
    return int(bar.locator(".vw-where").inner_text().split(" ·")[0].removeprefix("step ").replace(",", ""))


@contextmanager
def reading(
    browser: Browser,
    path: Path,
    *,
    scripts: bool = True,
    scheme: Literal["light", "dark"] = "light",
    width: int = 1200,
    touch: bool = False,
    calm: bool = False,
    query: str = "",
) -> Iterator[Reader]:
    """The page at ``path``, without network access. ``calm`` readers prefer less motion."""
    context = browser.new_context(
        offline=True,
        java_script_enabled=scripts,
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        accept_downloads=True,
        has_touch=touch,
        reduced_motion="reduce" if calm else "no-preference",
    )
    context.add_init_script(TRAP)
    context.route("**/*", _only_files)
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    reader = Reader(page)
    page.goto(f"{path.as_uri()}?{query}" if query else path.as_uri())
    yield reader
    context.close()


def _only_files(route: Route) -> None:
    if route.request.url.startswith("file:"):
        route.continue_()
    else:
        route.abort()
