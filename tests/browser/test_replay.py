"""A notebook reopened without its kernel: the replay is there, and shows what was recorded."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.patience import wait_until

from .conftest import OpenNotebook
from .lab import Lab, new_page
from .notebook import ARTIFACTS, VIEWPORT, Notebook
from .programs import DRAWN, FIT
from .reader import continuing, step_of
from .test_saving import in_file, replays

pytestmark = pytest.mark.browser

STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
PRED = "Training Output/pred"
PREDICTION = "Training Output/prediction"
"""The same for `fit_image`."""
SMALL_FIT = """
import numpy as np
import vultorch_widget as vultorch
from vultorch_widget.training.emblem import emblem
view = vultorch.fit_image(np.array(emblem(32)), width=16, device="cpu")
view
"""
OUTPUTS = "JSON.stringify(window.jupyterapp.shell.currentWidget.content.widgets[0].model.outputs.toJSON())"
"""The output of the notebook's first cell, as text."""


def save(notebook: Notebook, widget: str = "view.widget") -> Any:
    """Saves the notebook with the kernel's last replay, and returns the contents of its file."""

    def is_there() -> bool:  # it follows the state, and the output, in a message of its own
        notebook.command("docmanager:save")
        return json.loads(notebook.evaluate(f"{widget}._replay")) in replays(in_file(notebook)).values()

    wait_until(is_there)
    return in_file(notebook)


def end_kernel(notebook: Notebook) -> None:
    kernel = notebook.lab.session(notebook.path)["kernel"]["id"]
    if notebook._client is not None:
        notebook._client.stop_channels()
        notebook._client = None
    notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    wait_until(lambda: kernel not in [one["id"] for one in notebook.lab.get("api/kernels")])


def reopen(lab: Lab, browser: Browser, path: str) -> Page:
    page = new_page(browser, viewport=VIEWPORT)
    page.goto(f"http://127.0.0.1:{lab.port}/lab/workspaces/again-{path.removesuffix('.ipynb')}/tree/{path}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    return page


def recorded(replay: Any, index: int, canvas: str) -> np.ndarray:
    """The picture of ``canvas`` in frame ``index``, decoded as Pillow does it."""
    blobs = [e["blob"] for f in replay["frames"][: index + 1] for e in f["pictures"] if e["canvas"] == canvas]
    data = base64.b64decode(replay["blobs"][blobs[-1]]["data"])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def painted(page: Page, canvas: str) -> np.ndarray:
    data = page.locator(f'[data-vw-canvas="{canvas}"]').evaluate("c => c.toDataURL('image/png')")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data.split(",", 1)[1]))).convert("RGB"))


def shown_step(page: Page) -> int:
    return int(str(page.locator(".vw-replay").get_attribute("data-vw-step")))


def test_a_notebook_opened_again_without_its_kernel_replays_the_training(
    open_notebook: OpenNotebook, browser: Browser
) -> None:
    notebook = open_notebook([FIT + "view.run()"])
    notebook.run(0)
    notebook.wait_for_state("running")
    assert notebook.eventually("view.iteration > 500")
    pause = notebook.button("Pause")
    pause.focus()
    notebook.page.keyboard.press("Enter")
    notebook.wait_for_state("paused")
    notebook.wait_for_pixels(PRED, np.array(notebook.evaluate(DRAWN)), within=1)
    notebook.wait_for_lossless(PRED)
    notebook.wait_until(f"() => {OUTPUTS}.includes('paused at step')")
    # The output was updated, and the user pressing the button does not notice.
    assert notebook.page.evaluate("document.activeElement.getAttribute('aria-label')") == "Resume"
    last, shown = notebook.evaluate("view.iteration"), notebook.pixels(PRED)
    saved = save(notebook)
    end_kernel(notebook)
    output = next(out for out in saved["cells"][0]["outputs"] if VIEW in out.get("data", {}))
    assert "paused at step" in "".join(output["data"]["text/plain"])
    assert Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"]))).size == (2 * 240 + 8, 240)
    state = saved["metadata"]["widgets"][STATE]["state"][output["data"][VIEW]["model_id"]]["state"]
    replay = json.loads(state["_replay"])

    page = reopen(notebook.lab, browser, notebook.path)
    page.wait_for_selector(".vw-replay[data-vw-step]")
    assert shown_step(page) == last == replay["last"]
    assert np.array_equal(painted(page, PRED), shown)
    assert page.locator(".vw-root:not(.vw-replay)").get_attribute("data-state") == "empty"
    icon = "getComputedStyle(document.querySelector('.jupyter-widgets-disconnected'), '::before').content"
    assert page.evaluate(icon) == "none"  # otherwise a broken link above an intact replay
    steps = [frame["step"] for frame in replay["frames"]]
    middle = len(steps) // 2
    line = page.get_by_label("Time line")
    line.fill(str(steps[middle]))
    page.wait_for_selector(f'.vw-replay[data-vw-step="{steps[middle]}"]')
    assert abs(painted(page, PRED).astype(int) - recorded(replay, middle, PRED)).max() <= 2  # two JPEG decoders
    assert np.array_equal(painted(page, "GT/gt"), recorded(replay, len(steps) - 1, "GT/gt"))
    line.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(f'.vw-replay[data-vw-step="{steps[middle + 1]}"]')
    expect(page.locator(".vw-replay .vw-readout")).to_contain_text(f"step {steps[middle + 1]:,}")
    page.locator(".vw-root").first.screenshot(path=ARTIFACTS / "replay.png")
    page.keyboard.press("Home")
    page.get_by_role("button", name="Play").click()
    passed = "step => Number(document.querySelector('.vw-replay').dataset.vwStep) > step"
    page.wait_for_function(passed, arg=steps[5])
    assert shown_step(page) < last or page.get_by_role("button", name="Play").is_visible()
    assert page.locator(".vw-replay fieldset input:enabled").count() == 0
    page.close()
    notebook.problems.clear()  # about the kernel that is gone


def test_a_notebook_opened_again_without_its_kernel_trains_on(open_notebook: OpenNotebook, browser: Browser) -> None:
    notebook = open_notebook([SMALL_FIT])
    notebook.run(0)
    notebook.wait_for_state("running")
    assert notebook.eventually("view.iteration > 60")
    notebook.button("Pause").click()
    notebook.wait_for_state("paused")
    notebook.wait_until(f"() => {OUTPUTS}.includes('paused at step')")
    last = notebook.evaluate("view.iteration")
    save(notebook)
    end_kernel(notebook)
    page = reopen(notebook.lab, browser, notebook.path)
    page.wait_for_selector(f".vw-replay[data-vw-step='{last}']")
    recorded = painted(page, PREDICTION)
    page.get_by_role("button", name="Continue", exact=True).click()
    bar = continuing(page)
    expect(bar.get_by_text("Trained in this page by")).to_be_visible()
    wait_until(lambda: step_of(bar) > last + 60 and not np.array_equal(painted(page, PREDICTION), recorded))
    bar.get_by_role("slider", name="learning rate").press("End")
    expect(bar.get_by_role("textbox", name="learning rate")).to_have_value("0.1")
    bar.get_by_role("button", name="Pause").click()
    page.locator(".vw-root").first.screenshot(path=ARTIFACTS / "trains-on.png")
    bar.get_by_role("button", name="Back to the replay").click()
    wait_until(lambda: np.array_equal(painted(page, PREDICTION), recorded))
    page.close()
    notebook.problems.clear()  # that the kernel is gone


def test_a_view_that_is_closed_stays_and_is_saved_with_its_replay(
    open_notebook: OpenNotebook, browser: Browser
) -> None:
    notebook = open_notebook([FIT + "view.run()", "widget = view.widget; view.close(); frames = view.frame_count"])
    notebook.run(0)
    notebook.wait_for_state("running")
    assert notebook.eventually("view.iteration > 100")
    comms = notebook.evaluate("[one.comm.comm_id for one in (view.widget, view.widget._input, view.widget.layout)]")
    notebook.run(1)
    notebook.wait_for_state("closed")
    notebook.wait_for_pixels(PRED, np.array(notebook.evaluate(DRAWN)), within=1)
    notebook.wait_for_lossless(PRED)
    assert notebook.root.locator(".vw-state").inner_text() == "Closed"
    assert notebook.root.locator(".vw-toolbar button:enabled").count() == 0
    notebook.screenshot("closed")
    saved = save(notebook, "widget")
    (output,) = [out for out in saved["cells"][0]["outputs"] if out["output_type"] == "display_data"]
    assert {"image/png", "text/plain"} < set(output["data"])
    notebook.page.mouse.move(700, 600)
    log = notebook.lab.log  # tests before this one have written into it, too
    assert [comm for comm in comms if f"No such comm: {comm}" in log] == []
    end_kernel(notebook)
    page = reopen(notebook.lab, browser, notebook.path)
    page.wait_for_selector(".vw-replay")
    expect(page.locator(".vw-root").first).to_contain_text("This view is closed")
    assert "Error" not in page.locator(".jp-OutputArea").first.inner_text()
    page.close()
    notebook.problems.clear()


def test_a_closed_view_whose_output_is_cleared_leaves_the_file(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FIT + "view.run()", "widget = view.widget; view.close()"])
    for _ in range(2):
        notebook.run(0)
        notebook.wait_for_state("running")
        assert notebook.eventually("view.iteration > 20")
        notebook.run(1)
        notebook.wait_for_state("closed")
    saved = save(notebook, "widget")
    (states,) = (kind["state"].values() for kind in saved["metadata"]["widgets"].values())
    assert len([each for each in states if "_replay" in each["state"]]) == 1


def test_the_time_line_shows_what_was_while_the_training_goes_on(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([FIT + "view.run()"])
    notebook.run(0)
    notebook.wait_for_state("running")
    assert notebook.eventually("view.iteration > 100")
    notebook.page.get_by_label("Earlier steps").press("Home")
    notebook.wait_until("() => document.querySelector('.vw-past .vw-canvas') !== null")
    kept = "view._parts.offscreen.replay.builder.key_frames.frames"
    step = int(str(notebook.root.get_attribute("data-vw-back")))
    assert step == notebook.evaluate(f"{kept}[0].step")
    width, height = notebook.evaluate(f"(lambda blob: (blob.width, blob.height))({kept}[0].pictures['{PRED}'])")
    past = notebook.pixels(PRED, nth=1)
    assert past.shape == (height, width, 3)
    sent = "view._parts.pacer._seq"  # frames of the present
    at, before = notebook.evaluate(f"(view.iteration, {sent})")
    assert notebook.eventually(f"view.iteration > {at} + 50")
    assert notebook.evaluate(sent) <= before + 1
    assert np.array_equal(notebook.pixels(PRED, nth=1), past)
    notebook.page.keyboard.press("Escape")
    expect(notebook.page.locator(".vw-past")).to_have_count(0)
    assert notebook.eventually(f"{sent} > {before} + 2")
