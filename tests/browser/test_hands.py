"""The user's choices in a page: panels hidden, maximised and dragged, and the menu of a picture."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.patience import wait_until

from .conftest import OpenNotebook
from .notebook import Notebook

pytestmark = pytest.mark.browser

STATE = "application/vnd.jupyter.widget-state+json"
PROGRAM = """
import time, torch, vultorch_widget as vultorch
view = vultorch.View("Hands", 900, 400)
picture = torch.linspace(-1, 3, 64).reshape(8, 8)
view.panel("GT").canvas("c").bind(picture)
view.panel("Output").canvas("c").bind(picture)
settings = view.panel("Settings")
settings.slider("lr", 0.0, 1.0)

@view.on_frame
def frame():
    time.sleep(0.01)

view.run()
"""
PANELS = "() => [...document.querySelectorAll('[data-vw-panel]')].map((panel) => panel.dataset.vwPanel)"


def panels(notebook: Notebook) -> list[str]:
    names: list[str] = notebook.page.evaluate(PANELS)
    return names


def chosen(notebook: Notebook) -> str:
    """The choices that the notebook's file has."""
    try:
        saved = json.loads((notebook.lab.folder / notebook.path).read_text())
    except json.JSONDecodeError:  # it may be half written
        return ""
    models = saved.get("metadata", {}).get("widgets", {}).get(STATE, {}).get("state", {}).values()
    return "".join(model["state"].get("_chosen", "") for model in models)


def test_what_is_zoomed_and_compared_stays_through_a_reload_and_when_the_cell_is_run_again(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook([PROGRAM])
    notebook.run(0)
    notebook.wait_for_state("running")
    page = notebook.page
    page.get_by_role("button", name="Menu of c").first.click()
    page.get_by_role("menuitemradio", name="Output").click()
    divider = page.get_by_role("slider", name="Divider between GT and Output")
    expect(divider).to_be_visible()
    windows = page.locator(".vw-window")
    windows.last.click()  # so that it receives the keys
    page.keyboard.press("+")
    zoomed = page.locator(".vw-window.vw-zoomed")
    expect(zoomed).to_have_count(2)  # they are linked
    assert notebook.eventually("'zoom' in view.widget.chosen and 'compared' in view.widget.chosen")
    notebook.command("docmanager:save")
    wait_until(lambda: "zoom" in chosen(notebook))
    notebook.load()
    expect(zoomed).to_have_count(2)
    expect(divider).to_be_visible()
    notebook.run(0)
    assert notebook.eventually("'zoom' in view.widget.chosen and view.frame_count > 0")
    expect(zoomed).to_have_count(2)
    expect(divider).to_be_visible()
    windows.last.focus()
    page.keyboard.press("0")
    page.get_by_role("button", name="Stop comparing").click()
    assert notebook.eventually("view.widget.chosen == ''")


def test_panels_stay_as_the_hand_left_them_through_a_reload(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([PROGRAM])
    notebook.run(0)
    notebook.wait_for_state("running")
    page = notebook.page
    page.get_by_role("button", name="Hide Settings").click()
    wait_until(lambda: panels(notebook) == ["GT", "Output"])
    border = page.get_by_role("separator", name="Border between GT and Output")
    x, y, _, _ = notebook.box(border)
    top = page.locator(".vw-root").bounding_box()
    page.mouse.move(x + 4, y + 40)
    page.mouse.down()
    page.mouse.move(x + 84, y + 40, steps=4)
    page.mouse.up()
    assert page.locator(".vw-root").bounding_box()["y"] == top["y"]  # type: ignore[index]
    wait_until(lambda: int(border.get_attribute("aria-valuenow") or 0) > 50)
    notebook.command("docmanager:save")
    wait_until(lambda: "[0.3" in chosen(notebook))
    assert notebook.eventually("'[0.3' in view.widget._chosen")  # the host sends one change after the other
    part = border.get_attribute("aria-valuenow")
    assert part is not None
    notebook.load()
    wait_until(lambda: panels(notebook) == ["GT", "Output"])
    expect(border).to_have_attribute("aria-valuenow", part)
    page.get_by_role("button", name="Maximise Output").click()
    wait_until(lambda: panels(notebook) == ["Output"])
    page.keyboard.press("Escape")
    wait_until(lambda: panels(notebook) == ["GT", "Output"])
    page.get_by_role("button", name="Show Settings").click()
    wait_until(lambda: panels(notebook) == ["GT", "Output", "Settings"])


def test_the_menu_changes_what_is_shown_but_not_what_the_program_set_and_hands_out_the_values(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    notebook = open_notebook([PROGRAM])
    notebook.run(0)
    notebook.wait_for_state("running")
    page = notebook.page

    def middle() -> int:
        pixels = notebook.pixels("GT/c")
        return int(pixels[pixels.shape[0] * 9 // 16, pixels.shape[1] // 2, 0])

    wait_until(lambda: middle() > 240)  # a value above 1
    window = page.locator(".vw-window").first
    window.hover()
    page.get_by_role("button", name="Menu of c").first.click()
    page.get_by_role("menuitem", name="Exposure, range, colours …").click()
    fit = page.get_by_role("button", name="Fit min to max")
    expect(fit).to_be_enabled()
    expect(page.locator(".vw-look-ends")).to_have_text("Values -1 to 3")
    fit.click()
    wait_until(lambda: 110 < middle() < 160)
    assert notebook.evaluate("(view.panel('GT').canvas('c').gain, view.panel('GT').canvas('c').offset)") == (1.0, 0.0)
    page.keyboard.press("Escape")
    expect(page.locator(".vw-look")).to_have_count(0)
    window.hover()
    page.get_by_role("button", name="Menu of c").first.click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Save the values as NPY").click()
    assert download.value.suggested_filename == "c.npy"
    values = np.load(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert values.shape == (8, 8)
    assert (values[0, 0], values[-1, -1]) == (-1.0, 3.0)
