"""Where a notebook puts a view: among other widgets, in its own dock, in a cell of any width."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.patience import PATIENCE

from .conftest import OpenNotebook

VIEWS = """
import ipywidgets as widgets, torch
import vultorch_widget as vultorch

def made(title):
    view = vultorch.View(title, 800, 400)
    for name in ("GT", "Output"):
        view.panel(name).canvas("picture").bind(torch.rand(64, 64, 3))
    view.panel("Output").slider("lr", 1e-5, 1e-1, default=1e-3, log=True)
    return view

row, pair, other, column, tab, accordion, alone = [made(name) for name in "abcdefg"]
"""
PLACES = {
    "a row": "widgets.HBox([row.widget, widgets.VBox([widgets.IntSlider(), widgets.Button()])])",
    "a pair": "widgets.HBox([pair.widget, other.widget])",
    "a column": "widgets.VBox([column.widget, widgets.IntSlider()])",
    "a tab": "widgets.Tab([tab.widget, widgets.Button()])",
    "an accordion": "widgets.Accordion([accordion.widget], selected_index=0)",
    "a cell": "alone",
}
ROOM = """cell => {
    const output = cell.querySelector('.jp-OutputArea-output')
    return [...cell.querySelectorAll('.vw-root')].map((root) => {
        const pictures = [...root.querySelectorAll('.vw-canvas')].map((picture) => picture.clientWidth)
        return [root.clientWidth / output.clientWidth, Math.min(...pictures) / root.clientWidth]
    })
}"""
DOCKED = """() => {
    const dock = document.querySelector('.jp-LinkedOutputView')
    const root = dock?.querySelector('.vw-root')
    const canvas = root?.querySelector('.vw-canvas')
    return canvas?.clientWidth > 100 && root.clientHeight > 300
        && root.getBoundingClientRect().bottom <= dock.getBoundingClientRect().bottom
}"""


def test_a_view_has_the_room_that_a_place_gives(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([VIEWS, *PLACES.values()])
    for cell in range(len(PLACES) + 1):
        notebook.run(cell)
    shares = {}
    for number, place in enumerate(PLACES, start=1):
        cell = notebook.cell(number)
        cell.locator(".vw-root").first.scroll_into_view_if_needed()  # otherwise no frame is made
        expect(cell.locator(".vw-canvas:visible")).to_have_count(4 if place == "a pair" else 2)
        rooms = cell.evaluate(ROOM)
        shares[place] = [share for share, _ in rooms]
        assert all(picture > 0.4 for _, picture in rooms), place
    assert min(shares["a row"]) > 0.7
    assert len(shares["a pair"]) == 2
    assert all(0.45 < share < 0.5 for share in shares["a pair"])
    assert min(shares["a column"] + shares["a tab"] + shares["an accordion"] + shares["a cell"]) > 0.9
    notebook.command("notebook:create-output-view")  # of the last cell
    notebook.wait_until(DOCKED, timeout=PATIENCE)
    notebook.page.evaluate("window.jupyterapp.shell.currentWidget.dispose()")  # it has no file to close
