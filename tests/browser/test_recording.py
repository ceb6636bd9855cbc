"""Recording from the page: the button, the progress, and the downloaded file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from PIL import Image

from .conftest import OpenNotebook

pytestmark = pytest.mark.browser

PROGRAM = """
import torch
import vultorch_widget as vultorch
view = vultorch.View("Recorded", 700, 320, tick_rate=60)
tensor = torch.zeros(64, 64, 3)
canvas = view.panel("Picture").canvas("picture").bind(tensor)
controls = view.panel("Controls", side="right", width=0.3)
controls.record_button(canvas, "by hand.gif", fps=20)
controls.record_button(canvas, "nowhere/a.gif", start_label="Record nowhere")

@view.on_frame
def frame():
    tensor.fill_(view.frame_count % 100 / 100)

view.run()
"""


def test_a_click_records_and_another_saves_and_the_file_is_downloaded(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    notebook = open_notebook([PROGRAM])
    notebook.run(0)
    button = notebook.button("Record").first
    button.click()
    line = notebook.page.locator(".vw-recording")
    line.get_by_text("Recording by hand.gif").wait_for()
    notebook.wait_until("() => parseInt(document.querySelector('.vw-recording .vw-item').textContent) >= 12")
    assert notebook.evaluate("canvas.is_recording") is True
    notebook.screenshot("recording")
    notebook.button("Stop recording").first.click()
    line.get_by_text("Saved by hand.gif").wait_for()
    notebook.screenshot("recorded")
    notebook.theme("JupyterLab Dark")
    notebook.screenshot("recorded-dark")
    notebook.theme("JupyterLab Light")
    with notebook.page.expect_download() as waiting:
        line.get_by_role("button", name="Download").click()
    download = waiting.value
    assert download.suggested_filename == "by hand.gif"
    download.save_as(tmp_path / "got.gif")
    with Image.open(tmp_path / "got.gif") as image:
        assert image.size == (64, 64)
        assert image.n_frames >= 10
    written = notebook.evaluate("__import__('hashlib').sha256(open('by hand.gif', 'rb').read()).hexdigest()")
    assert written == hashlib.sha256((tmp_path / "got.gif").read_bytes()).hexdigest()


def test_what_goes_wrong_is_told(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([PROGRAM])
    notebook.run(0)
    notebook.button("Record nowhere").click()
    notebook.page.locator(".vw-notice").get_by_text("there is no folder").wait_for()
    assert notebook.evaluate("canvas.is_recording") is False
    assert notebook.state() == "running"
