"""Other hosts of the live-training view: a marimo app, marimo's editor, and Voilà."""

from __future__ import annotations

import contextlib
import importlib.util
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.patience import wait_until

from .lab import ROOT, Server, new_page
from .notebook import ARTIFACTS, VIEWPORT
from .test_pictures import psnr

pytestmark = pytest.mark.browser

APP = Path(__file__).with_name("live_training.py")
PIXELS = """canvas => {
  const context = document.createElement('canvas').getContext('2d');
  [context.canvas.width, context.canvas.height] = [canvas.width, canvas.height];
  context.drawImage(canvas, 0, 0);
  return [canvas.height, canvas.width, [...context.getImageData(0, 0, canvas.width, canvas.height).data]];
}"""


class Shown:
    """The view in a page of some host."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator(".vw-root").first

    def wait_for_state(self, state: str) -> None:
        self.page.locator(f'.vw-root[data-state="{state}"]').first.wait_for()
        self.root.evaluate("root => root.scrollIntoView({ block: 'center' })")

    @property
    def step(self) -> int:
        """The last step that the status of the run shows."""
        text = self.root.locator(".vw-run").inner_text().replace(",", "")
        found = re.search(r"step (\d+)", text)
        return int(found[1]) if found else 0

    def wait_for_a_step_after(self, step: int) -> None:
        """Waits until the status, which is not updated every frame, shows a later one."""
        wait_until(lambda: self.step > step, f"no step after {step}")

    def pixels(self, canvas: str) -> np.ndarray:
        """(height, width, 3) uint8."""
        height, width, data = self.root.locator(f'[data-vw-canvas="{canvas}"]').evaluate(PIXELS)
        return np.array(data, np.uint8).reshape(height, width, 4)[..., :3]

    def wait_until_it_resembles(self, least: float) -> None:
        """Waits until the painted prediction is this close to the painted truth, in dB."""
        wait_until(lambda: self._likeness() >= least, lambda: f"only {self._likeness():.1f} dB")

    def _likeness(self) -> float:
        made, truth = self.pixels("Training Output/pred"), self.pixels("GT/gt")
        painted = made.shape == truth.shape and truth.any()
        return psnr(made, truth) if painted else 0.0

    def track(self, control: str) -> None:
        """Puts the focus on a slider."""
        self.root.locator(f'[data-vw-control="{control}"] input[type=range]').focus()

    def screenshot(self, name: str) -> None:
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"{name}.png")


def ink(view: Shown) -> int:
    """Brightness of the view's text, 0..255."""
    color = "root => getComputedStyle(root).color.match(/[0-9.]+/g).slice(0, 3).map(Number)"
    return round(sum(view.root.evaluate(color)) / 3)


def needs(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed: pip install {module}")


@contextlib.contextmanager
def shown(browser: Browser, server: Server, path: str = "") -> Iterator[Shown]:
    page = new_page(browser, viewport=VIEWPORT)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(server.address + path)
    try:
        yield Shown(page)
        assert problems == []
    finally:
        page.close()


@contextlib.contextmanager
def marimo(folder: Path, mode: str) -> Iterator[Server]:
    needs("marimo")
    shutil.copy(APP, folder / "app.py")
    options = ["--headless", "--no-token", "--host", "127.0.0.1", "--port", "{port}"]
    server = Server(folder, ["marimo", mode, str(folder / "app.py"), *options])
    try:
        yield server
    finally:
        server.close()


def hands(view: Shown) -> None:
    """Training is shown, and a slider, Pause and Resume work."""
    view.wait_for_state("running")
    view.wait_until_it_resembles(15)
    view.track("slider:lr")
    view.page.keyboard.press("End")
    expect(view.root.get_by_text("the optimizer has 0.10000")).to_be_visible()
    view.track("slider_int:steps per frame")
    view.page.keyboard.press("Home")
    view.root.get_by_role("button", name="Pause", exact=True).click()
    view.wait_for_state("paused")
    rested = view.step
    view.root.get_by_role("button", name="Run one frame", exact=True).click()
    view.wait_for_a_step_after(rested)
    assert view.step == rested + 1  # the single frame's one step: nothing else ran
    rested = view.step
    view.root.get_by_role("button", name="Resume", exact=True).click()
    view.wait_for_state("running")
    view.wait_for_a_step_after(rested)


def test_a_marimo_app_trains_for_each_visitor(browser: Browser, tmp_path: Path) -> None:
    with marimo(tmp_path, "run") as server, shown(browser, server) as first:
        hands(first)
        first.screenshot("marimo-run")
        with shown(browser, server) as second:  # another training with the same title, in the same process
            second.wait_for_state("running")
            second.wait_until_it_resembles(12)
            expect(second.root.get_by_text("the optimizer has 0.00500")).to_be_visible()
            first.page.bring_to_front()
            first.wait_for_a_step_after(first.step)
            assert first.root.get_attribute("data-state") == "running"
        assert ink(first) < 100
        first.page.evaluate("document.body.className = 'dark dark-theme'; document.body.dataset.theme = 'dark'")
        wait_until(lambda: ink(first) > 155, "it stays light in a dark app")
        first.screenshot("marimo-dark")
        assert "Traceback" not in server.log


def test_marimos_editor_shows_a_view_and_a_cell_that_runs_again_replaces_it(browser: Browser, tmp_path: Path) -> None:
    with marimo(tmp_path, "edit") as server, shown(browser, server) as view:
        cell = view.page.locator('.marimo-cell:has-text("@view.on_frame")')
        run = cell.locator('[data-testid="run-button"]').first
        run.wait_for()
        view.page.keyboard.press("Control+Shift+r")  # all cells
        hands(view)
        view.screenshot("marimo-edit")
        before = view.step
        run.evaluate("button => button.click()")
        wait_until(lambda: 0 < view.step < before, "the training did not begin anew")
        expect(view.page.locator(".vw-root")).to_have_count(2)  # a cell that only shows it ran again as well
        view.wait_for_state("running")
        assert "Traceback" not in server.log


def test_voila_shows_the_live_training(browser: Browser, tmp_path: Path) -> None:
    needs("voila")
    text = (ROOT / "notebooks" / "03_live_training.ipynb").read_text(encoding="utf-8")
    for ours, here in (
        ("iterations = 480", "iterations = 6"),
        ("channels=3, device=device", "channels=3, device=device, size=(64, 64)"),
        ("side.separator()", "side.text(f'the optimizer has {lr:.5f}')"),
    ):
        assert text.count(ours) == 1
        text = text.replace(ours, here)
    (tmp_path / "training.ipynb").write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "notebooks" / "images", tmp_path / "images")
    options = ["--no-browser", "--port={port}", "--Voila.ip=127.0.0.1", "--show_tracebacks=True"]
    server = Server(tmp_path, ["voila", str(tmp_path / "training.ipynb"), *options])
    try:
        with shown(browser, server) as view:
            view.wait_for_state("running")
            view.wait_until_it_resembles(12)
            before = view.step
            view.track("slider:learning rate")
            view.page.keyboard.press("End")
            expect(view.root.get_by_text("the optimizer has 0.10000")).to_be_visible()
            view.screenshot("voila")
            view.wait_for_a_step_after(before)
    finally:
        server.close()
