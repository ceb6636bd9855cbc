"""Boxes, points and captions over pictures: live in JupyterLab, and in an exported page without a kernel."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

import vultorch_widget as vultorch
from tests.export.notebooks import VIEW, code, kept_of, notebook, shown, text_of
from tests.patience import wait_until
from vultorch_widget.export.exporter import TutorialExporter

from .conftest import OpenNotebook
from .notebook import Notebook
from .reader import PIXELS, reading
from .test_saving import in_file

pytestmark = pytest.mark.browser
LIVE = """
import torch, vultorch_widget as vultorch
view = vultorch.View("boxes", 600, 400)
canvas = view.panel("p").canvas("c").bind(torch.zeros(100, 100))
left = 20

@view.on_frame
def frame():
    canvas.boxes([[left, 20, left + 20, 60]], labels=["<b>cat</b>"], scores=[0.98]).captions("right")

view.run()
"""


def drawn(overlay: Locator) -> np.ndarray:
    """What is drawn over a picture: (height, width, 4) uint8."""
    width, height, text = overlay.evaluate(PIXELS)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)


def blue(overlay: Locator, y: float) -> list[float]:
    """Where the row at ``y`` (0..1) has the colour of the first label, from 0 to 1."""
    pixels = drawn(overlay)
    row = pixels[round(y * len(pixels))].astype(int)
    (places,) = np.nonzero(np.abs(row[:, :3] - (0x3F, 0x90, 0xDA)).max(axis=1) + (255 - row[:, 3]) < 40)
    return [place / len(row) for place in places]


def spans(overlay: Locator, y: float, left: float, right: float) -> bool:
    """Whether a box reaches from ``left`` to ``right`` at ``y``, all 0..1, within two hundredths."""
    found = blue(overlay, y)
    return bool(found) and abs(found[0] - left) < 0.02 and abs(found[-1] - right) < 0.02


def test_boxes_follow_the_training_and_the_zoom(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([LIVE])
    notebook.run(0)
    overlay = notebook.page.locator(".vw-annotations")
    expect(overlay).to_have_accessible_name("1 box: <b>cat</b> 0.98; right")
    wait_until(lambda: spans(overlay, 0.5, 0.2, 0.4))
    notebook.evaluate("globals().update(left=60)")
    wait_until(lambda: spans(overlay, 0.5, 0.6, 0.8))
    notebook.page.locator(".vw-window").focus()
    notebook.page.keyboard.press("+")
    # Zooms about the middle of the picture, by some factor: the line at 0.6 moves away from it.
    wait_until(lambda: (found := blue(overlay, 0.5)) != [] and found[0] > 0.62)
    notebook.page.keyboard.press("0")
    wait_until(lambda: spans(overlay, 0.5, 0.6, 0.8))
    wait_until(lambda: still_begins_at(notebook, 0.6))


def still_begins_at(notebook: Notebook, left: float) -> bool:
    """Saves the notebook. Returns whether its picture for viewers without widgets has the box from ``left`` (0..1)."""
    notebook.command("docmanager:save")
    outputs = in_file(notebook)["cells"][0]["outputs"]
    (data,) = (output["data"] for output in outputs if VIEW in output.get("data", {}))
    if "image/png" not in data:
        return False
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("RGB")).astype(int)
    (places,) = np.nonzero(np.abs(picture[len(picture) // 2] - (0x3F, 0x90, 0xDA)).max(axis=1) < 40)
    return len(places) > 0 and abs(places[0] / picture.shape[1] - left) < 0.02


def test_an_exported_page_shows_what_was_drawn_at_each_step(browser: Browser, tmp_path: Path) -> None:
    view = vultorch.View("boxes", 600, 400, headless=True)
    canvas = view.panel("p").canvas("c").bind(torch.zeros(100, 100))

    @view.on_frame
    def frame() -> None:
        step = view.frame_count + 1
        canvas.boxes([[20, 20, 20 + 10 * step, 60]] if step > 1 else None, labels=["cat"] if step > 1 else None)

    view.run(max_frames=4)
    source = tmp_path / "boxes.ipynb"
    source.write_text(text_of(notebook(code("view.run()", shown("one")), models={"one": kept_of(view)})))
    page = source.with_suffix(".html")
    page.write_text(TutorialExporter().from_filename(str(source))[0], encoding="utf-8")
    with reading(browser, page) as reader:
        overlay = reader.page.locator(".vw-annotations")
        timeline = reader.page.locator(".vw-timeline")
        reader.wait_for_step(4)
        wait_until(lambda: spans(overlay, 0.5, 0.2, 0.6))
        expect(overlay).to_have_accessible_name("1 box: cat")
        timeline.press("ArrowLeft")
        reader.wait_for_step(3)
        wait_until(lambda: spans(overlay, 0.5, 0.2, 0.5))
        timeline.press("Home")
        reader.wait_for_step(1)
        expect(overlay).to_be_hidden()
        assert reader.problems == []
