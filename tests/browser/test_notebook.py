"""The live-training notebook as its readers see it."""

from __future__ import annotations

import nbformat
import numpy as np
import pytest

from tests.patience import wait_until

from .conftest import OpenNotebook
from .lab import ROOT
from .notebook import VIEWPORT, Notebook
from .test_pictures import psnr

pytestmark = pytest.mark.browser

FILE = ROOT / "notebooks" / "03_live_training.ipynb"


def run_until_the_view_runs(notebook: Notebook) -> None:
    for index, cell in enumerate(nbformat.read(FILE, as_version=4).cells):
        if cell.cell_type == "code":
            if "view.wait" in cell.source:
                break
            notebook.run(index)
    notebook.root.evaluate("root => root.scrollIntoView({ block: 'center' })")


OUTSIDE = """root => {
    const { left, right } = root.getBoundingClientRect();
    return [...root.querySelectorAll('*')].filter(e => {
        const box = e.getBoundingClientRect();
        return box.width > 0 && (box.left < left - 1 || box.right > right + 1);
    }).map(e => e.className || e.tagName);
}"""


def ink(notebook: Notebook) -> int:
    """Brightness of the view's text, 0..255."""
    color = notebook.root.evaluate("root => getComputedStyle(root).color.match(/[0-9.]+/g).slice(0, 3).map(Number)")
    return round(sum(color) / 3)


def test_the_painted_prediction_comes_to_resemble_the_painted_truth(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(FILE)
    run_until_the_view_runs(notebook)
    # By now it may have trained for any time.
    untrained = notebook.evaluate(
        "(fresh()[0](coords).detach().reshape(height, width, 3).cpu() * 255 + 0.5).floor().int().tolist()"
    )
    notebook.wait_for_lossless("GT/gt")
    assert psnr(np.array(untrained), notebook.pixels("GT/gt")) < 15
    field = notebook.control("slider:learning rate").locator("input[type=text]")
    field.fill("0.02")  # some hundred steps instead of a thousand
    field.press("Enter")
    truth = notebook.pixels("GT/gt")
    notebook.page.wait_for_selector('[data-vw-canvas="Training Output/pred"]:not([hidden])')
    wait_until(lambda: psnr(notebook.pixels("Training Output/pred"), truth) > 18)
    notebook.button("Pause").click()
    notebook.wait_for_lossless("Training Output/pred")
    drawn = np.array(notebook.evaluate("(gt.cpu() * 255 + 0.5).floor().int().tolist()"), dtype=np.uint8)
    assert np.array_equal(truth, drawn)


def test_it_fits_both_themes_and_a_narrow_cell(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(FILE)
    run_until_the_view_runs(notebook)
    notebook.wait_for_lossless("GT/gt")
    notebook.page.wait_for_selector(".vw-chart:not([hidden])")
    notebook.screenshot("notebook-light")
    assert ink(notebook) < 100
    notebook.theme("JupyterLab Dark")
    try:
        notebook.wait_until("() => document.body.dataset.jpThemeLight === 'false'")
        notebook.screenshot("notebook-dark")
        assert ink(notebook) > 155
    finally:
        notebook.theme("JupyterLab Light")
    for width in (2400, VIEWPORT["width"], 620):
        notebook.page.set_viewport_size({"width": width, "height": 1100})
        wait_until(lambda: notebook.root.evaluate(OUTSIDE) == [], lambda: str(notebook.root.evaluate(OUTSIDE)))
        notebook.screenshot(f"notebook-{width}")
    assert notebook.root.evaluate("root => root.clientWidth") < 520
