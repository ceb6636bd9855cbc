"""A frame that keeps the kernel busy for long: what the page shows meanwhile, and how the user can end it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .conftest import OpenNotebook

pytestmark = pytest.mark.browser

LONG = """
import torch
from pathlib import Path
import vultorch_widget as vultorch
view = vultorch.View("Long frames", 640, 360)
view.panel("GT").canvas("gt").bind(torch.ones(32, 32, 3))
controls = view.panel("Controls", side="right", width=0.4)
controls.button("Save weights")
weights = torch.zeros(1)
ends = Path({ends!r})

@view.on_frame
def frame():
    controls.button("Save weights")
    weights.add_(1)
    while not ends.exists():
        pass

view.run()
"""


def test_a_long_frame_is_counted_a_click_and_a_pause_wait_for_it_and_an_interrupt_ends_one_that_never_returns(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    ends = tmp_path / "the-frame-ends"
    notebook = open_notebook([LONG.format(ends=str(ends))])
    notebook.run(0)
    notebook.wait_for_lossless("GT/gt")  # before the first frame has ended
    run = notebook.root.locator(".vw-run")
    expect(run).to_contain_text("in this frame for")
    notebook.button("Pause").click()
    expect(run).to_contain_text("Pausing…")
    ends.touch()
    notebook.wait_for_state("paused")
    frames = notebook.evaluate("view.frame_count")
    ends.unlink()
    notebook.button("Resume").click()
    notebook.wait_for_state("running")
    expect(run).to_contain_text("in this frame for 4 s")  # about the frame that never ends
    save = notebook.button("Save weights")
    save.click()
    expect(save).to_have_class(re.compile("vw-pending"))
    notebook.command("notebook:interrupt-kernel")
    notebook.wait_for_state("paused")
    expect(save).not_to_have_class(re.compile("vw-pending"))
    expect(notebook.root.locator(".vw-failure")).to_contain_text("Interrupted")
    assert notebook.evaluate("[view.state, view.frame_count, float(weights)]") == [
        "paused",
        frames,
        frames + 1.0,
    ]
