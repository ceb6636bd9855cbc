"""Outputs beside or around a view, in a real JupyterLab."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.patience import wait_until

from .conftest import OpenNotebook

pytestmark = pytest.mark.browser

CLEARS = """
import ipywidgets, torch
from IPython.display import HTML, clear_output, display
import vultorch_widget as vultorch
view = vultorch.View("cleared", 640, 300)
view.panel("GT").canvas("gt").bind(torch.ones(32, 32, 3))
panel = view.panel("Controls")
log = ipywidgets.Output()

@view.on_frame
def frame():
    panel.slider("gain", 0.0, 1.0)
    number = view.frame_count
    clear_output(wait=True)
    print("step", number)
    display(HTML(f"<b class='shown'>{number}</b>"))
    with log:
        clear_output(wait=True)
        print("logged", number)

"""


WATCH = """
slider => {
    const cell = document.querySelector('.jp-Notebook .jp-Cell');
    window.seen = { blanks: 0, active: 0, released: 0 };
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { // between any two messages from the kernel
        const outputs = [...cell.querySelectorAll('.jp-OutputArea-child')];
        if (outputs.some((output) => output.offsetHeight === 0)) window.seen.blanks += 1;
        if (slider.matches(':active')) window.seen.active += 1;
        else if (window.seen.active > 0) window.seen.released += 1;
        if (slider.value !== '1') port2.postMessage(null);
    };
    port2.postMessage(null);
}
"""
"""Counts the moments in which an output is empty, so that the page jumps, and in which the slider is not held."""


def test_a_callback_clears_its_text_and_the_view_stays_until_its_output_is_cleared_by_hand(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook([CLEARS + "view.tick_rate = 20\nview.run()", "log"])
    notebook.run(0)
    notebook.run(1)
    cell = notebook.cell(0)
    expect(cell.locator(".shown")).to_have_count(1)
    notebook.wait_for_lossless("GT/gt")
    assert notebook.root.evaluate("root => root.vwMark = true")
    slider = notebook.control("slider:gain").locator("input[type=range]")
    slider.evaluate(WATCH)
    notebook.box(slider)  # a press on what still moves would miss it
    slider.hover()
    notebook.page.mouse.down()  # held through many clears
    notebook.wait_until("() => window.seen.active > 0")
    held = notebook.evaluate("view.frame_count")
    assert notebook.eventually(f"view.frame_count > {held + 20}")
    box = slider.bounding_box()
    assert box is not None
    notebook.page.mouse.move(box["x"] + box["width"] + 50, box["y"] + box["height"] / 2, steps=5)
    expect(slider).to_have_value("1")
    notebook.page.mouse.up()
    assert notebook.eventually("panel.get('gain') == 1.0")
    seen = notebook.page.evaluate("() => window.seen")
    assert (seen["blanks"], seen["released"]) == (0, 0)
    assert notebook.root.evaluate("root => root.vwMark")  # never made anew meanwhile
    assert notebook.page.locator(".vw-root").count() == 1
    # Between two of its outputs, a frame has printed only part of them.
    wait_until(lambda: cell.inner_text().count("step ") - notebook.root.inner_text().count("step ") == 1)
    expect(notebook.cell(1)).to_contain_text("logged")
    notebook.screenshot("clear-output")
    notebook.page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0")
    notebook.command("notebook:clear-cell-output")
    expect(notebook.page.locator(".vw-root")).to_have_count(0)
    expect(cell.locator(".shown")).to_have_count(1)  # what callbacks output from then on
    expect(notebook.page.locator(".vw-root")).to_have_count(0)


INSIDE = """
with out:
    view = vultorch.View("inside", 480, 240)
    view.panel("GT").canvas("gt").bind(torch.full((32, 32, 3), {value}))
    view.on_frame(lambda: None)
    view.run(max_frames=3)
await view.wait(frames=3)
"""


def test_a_view_in_an_output_gives_place_to_the_next_where_its_cell_is_run_again(open_notebook: OpenNotebook) -> None:
    imports = "import ipywidgets, torch\nimport vultorch_widget as vultorch\nout = ipywidgets.Output(); value = 0.5"
    notebook = open_notebook([imports, "out", INSIDE.format(value="value")])
    for cell in range(3):
        notebook.run(cell)
    notebook.wait_for_lossless("GT/gt")
    notebook.evaluate("globals().update(value=1.0)")
    notebook.run(2)
    notebook.wait_until("() => document.querySelectorAll('.vw-root').length === 1")
    notebook.wait_for_pixels("GT/gt", np.full((32, 32, 3), 255))
    expect(notebook.page.locator(".vw-root")).to_have_count(1)
    assert "not found" not in notebook.cell(1).inner_text()
