"""Masks over pictures, and their legends: live in JupyterLab, and in an exported page without a kernel."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Locator, expect

import vultorch_widget as vultorch
from tests.export.notebooks import code, kept_of, notebook, shown
from tests.patience import wait_until

from .conftest import OpenNotebook
from .reader import PIXELS, Reader, reading
from .test_export import exported

pytestmark = pytest.mark.browser

GRAY, ROAD, CAR = (100, 100, 100), (128, 64, 128), (0, 0, 142)
NAMES = {"road": "#804080", "car": "#00008e"}


def mixed(color: tuple[int, int, int], alpha: float = 0.5) -> tuple[int, ...]:
    """``color`` over the grey picture."""
    return tuple(round((1 - alpha) * below + alpha * above) for below, above in zip(GRAY, color, strict=True))


def shows(canvas: Locator, *expected: tuple[int, ...]) -> None:
    """Waits until the picture's columns, from left to right in equal parts, have the ``expected`` colours."""
    seen: list[list[int]] = []

    def as_expected() -> bool:
        width, height, text = canvas.evaluate(PIXELS)
        pixels = np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)[..., :3].astype(int)
        parts = len(expected)
        seen[:] = [pixels[height // 2, width * (2 * part + 1) // (2 * parts)].tolist() for part in range(parts)]
        return bool(np.abs(np.subtract(seen, expected)).max() <= 3)

    wait_until(as_expected, lambda: f"expected {expected}, saw {seen}")


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with a run of four steps. A road covers the left half, and a car covers a quarter more with each step."""
    view = vultorch.View("Overlay", 700, 400, headless=True)
    canvas = view.panel("Street").canvas("image").bind(torch.full((48, 64, 3), 100, dtype=torch.uint8))
    mask = torch.full((48, 64), -1)
    mask[:, :32] = 0

    @view.on_frame
    def frame() -> None:
        mask[:, 64 - 16 * (view.frame_count + 1) :] = 1
        canvas.overlay(mask, labels=NAMES)

    view.run(max_frames=2)
    node = notebook("# Overlay", code("view.run()", shown("one")), models={"one": kept_of(view)})
    return exported(node, tmp_path_factory.mktemp("overlaid"))


@pytest.fixture
def reader(browser: Browser, page_file: Path) -> Iterator[Reader]:
    with reading(browser, page_file) as reader:
        reader.wait_for_step(2)
        yield reader
        assert reader.problems == []


def picture(reader: Reader) -> Locator:
    return reader.page.locator(".vw-pictures canvas").first


def test_a_replay_shows_the_overlay_and_its_legend_hides_labels_at_every_step(reader: Reader) -> None:
    shows(picture(reader), mixed(ROAD), mixed(ROAD), mixed(CAR), mixed(CAR))
    car = reader.page.get_by_role("checkbox", name="car")
    car.click()
    expect(car).to_have_attribute("aria-checked", "false")
    shows(picture(reader), mixed(ROAD), mixed(ROAD), GRAY, GRAY)
    timeline = reader.page.locator(".vw-timeline")
    timeline.press("ArrowLeft")
    reader.wait_for_step(1)
    shows(picture(reader), mixed(ROAD), mixed(ROAD), GRAY, GRAY)
    car.click()
    shows(picture(reader), mixed(ROAD), mixed(ROAD), GRAY, mixed(CAR))


def test_labels_are_toggled_by_keys(reader: Reader) -> None:
    road = reader.page.get_by_role("checkbox", name="road")
    road.focus()
    reader.page.keyboard.press(" ")
    shows(picture(reader), GRAY, GRAY, mixed(CAR), mixed(CAR))
    expect(road).to_be_focused()
    reader.page.keyboard.press("Tab")
    reader.page.keyboard.press("Enter")
    shows(picture(reader), GRAY, GRAY, GRAY, GRAY)
    reader.page.keyboard.press("Shift+Tab")
    reader.page.keyboard.press(" ")
    shows(picture(reader), mixed(ROAD), mixed(ROAD), GRAY, GRAY)


def test_labels_are_toggled_by_a_tap(browser: Browser, page_file: Path) -> None:
    with reading(browser, page_file, touch=True, width=500) as reader:
        reader.wait_for_step(2)
        road = reader.page.get_by_role("checkbox", name="road")
        road.tap()
        shows(picture(reader), GRAY, GRAY, mixed(CAR), mixed(CAR))
        box = road.bounding_box()
        assert box is not None
        assert box["height"] >= 20
        assert reader.problems == []


LIVE = """
import torch
import vultorch_widget as vultorch
view = vultorch.View("Overlay", 700, 400)
mask = torch.zeros(48, 64, dtype=torch.int64)
mask[:, 32:] = 1
canvas = view.panel("Street").canvas("image").bind(torch.full((48, 64, 3), 100, dtype=torch.uint8))
canvas.overlay(mask, labels={"road": "#804080", "car": "#00008e"})
view
"""


def test_labels_are_toggled_live_and_the_probe_names_them(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([LIVE])
    notebook.run(0)
    page = notebook.page
    canvas = page.locator(".vw-pictures canvas").first
    shows(canvas, mixed(ROAD), mixed(CAR))
    page.get_by_role("checkbox", name="car").click()
    shows(canvas, mixed(ROAD), GRAY)
    assert notebook.eventually("canvas.overlay_labels.hidden == ('car',)")
    left, top, width, height = notebook.box(page.locator(".vw-window"))
    page.mouse.move(left + 0.3 * width, top + 0.5 * height)
    expect(page.locator(".vw-hover")).to_contain_text("0 road")
    notebook.evaluate("mask.fill_(0) is mask")
    shows(canvas, mixed(ROAD), mixed(ROAD))
    notebook.evaluate("canvas.overlay(None) is canvas")
    shows(canvas, GRAY, GRAY)
    expect(page.locator(".vw-legend-label")).to_have_count(0)
