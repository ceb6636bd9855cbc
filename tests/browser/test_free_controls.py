"""Colours, typed lines, rows: changed by mouse and by keyboard, while the view ticks and its controls come and go."""

from __future__ import annotations

import pytest

from .conftest import OpenNotebook
from .notebook import Notebook

pytestmark = pytest.mark.browser

NEW_KINDS = """
import vultorch_widget as vultorch
view = vultorch.View("new kinds", 900, 400, tick_rate=60)
panel = view.panel("p")
side = view.panel("side", side="right", width=0.25)
state = {}
clicks = [0, 0]
heard = []

@view.on_frame
def frame():
    state["tint"] = panel.color_picker("tint", default=(1.0, 0.5, 0.0))
    state["name"] = panel.input_text("name", default="net", max_length=12)
    with panel.row():
        clicks[0] += panel.button("left")
        clicks[1] += panel.button("right")
        state["box"] = panel.checkbox("more")
        if state["box"]:
            state["extra"] = panel.slider("extra")
    panel.text_colored(*state["tint"], 1.0, "in that colour")
    panel.text_colored(1.0, 1.0, 1.0, 1.0, "white")
    panel.text_colored(0.0, 0.0, 0.0, 1.0, "black")
    panel.text_wrapped("A paragraph of some length, which breaks between its words wherever the panel ends. " * 3)
    panel.plot({"train": [3, 2, 1.5, 1.2], "test": [3.2, 2.6]}, label="losses")
    with side.row():
        for i in range(6):
            side.button(f"button {i}")
    if not heard or heard[-1] != state["name"]:
        heard.append(state["name"])

view.run()
"""


def opened(open_notebook: OpenNotebook, cell: str, first: str) -> Notebook:
    notebook = open_notebook([cell])
    notebook.run(0)
    notebook.control(first).wait_for()
    return notebook


def test_new_kinds_reach_the_callback_by_mouse_and_by_keyboard(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook, NEW_KINDS, "color_picker:tint")
    keys = notebook.page.keyboard
    swatch, digits = notebook.control("color_picker:tint").locator("input").all()
    assert swatch.input_value() == digits.input_value() == "#ff8000"
    swatch.fill("#0033cc")  # as the browser's chooser does, which no test can reach
    assert notebook.eventually("state['tint'] == (0.0, 0.2, 0.8)")
    digits.click()
    keys.type("f00")
    keys.press("Enter")
    assert notebook.eventually("state['tint'] == (1.0, 0.0, 0.0)")
    assert notebook.evaluate("[type(part).__name__ for part in state['tint']]") == ["float"] * 3
    assert swatch.input_value() == "#ff0000"

    field = notebook.control("input_text:name").locator("input")
    field.dblclick()  # selects the word
    keys.type("wide")
    assert notebook.eventually("state['name'] == 'wide'")
    keys.press("Home")
    keys.type("a ")
    assert notebook.eventually("state['name'] == 'a wide'")
    keys.press("End")
    keys.type(" and much too long")
    assert notebook.eventually("state['name'] == 'a wide and m'")
    assert notebook.page.evaluate("document.activeElement.value") == "a wide and m"  # JupyterLab took no key of it

    notebook.button("right").click()
    notebook.button("left").focus()
    keys.press("Enter")
    assert notebook.eventually("clicks == [1, 1]")
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Space")
    assert notebook.eventually("state['box'] is True and 'extra' in state")
    assert notebook.evaluate("view._parts.channel.refused") == 0


BOXES = """(root, names) => {
    const parts = ['[data-vw-panel="side"]', ...names.map((name) => `[data-vw-control="button:${name}"]`)];
    return parts.map((part) => root.querySelector(part).getBoundingClientRect().toJSON());
}"""
"""Where the panel at the side is, and buttons."""


def test_rows_stand_in_a_line_and_wrap_where_it_is_narrow(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook, NEW_KINDS, "button:left")
    names = ["left", "right", *(f"button {i}" for i in range(6))]
    room, left, right, *many = notebook.root.evaluate(BOXES, names)  # at once: what is above them may still grow
    assert left["y"] == right["y"]
    assert left["right"] < right["x"]
    assert all(box["right"] <= room["right"] for box in many)
    assert len({box["y"] for box in many}) > 1
    notebook.control("checkbox:more").locator("input").check()
    notebook.control("slider:extra").wait_for()
    assert notebook.control("slider:extra").evaluate("e => e.parentElement.dataset.vwControl") == "row:frame:1"


CONTRAST = """text => {
    const parts = color => {
        const pen = new OffscreenCanvas(1, 1).getContext('2d');
        pen.fillStyle = color;
        pen.fillRect(0, 0, 1, 1);
        return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = color => parts(color).map(v => v / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const element = [...document.querySelectorAll('.vw-colored')].find(e => e.textContent === text);
    const ink = light(getComputedStyle(element).color);
    const back = light(getComputedStyle(element.closest('.vw-root')).backgroundColor);
    return (Math.max(ink, back) + 0.05) / (Math.min(ink, back) + 0.05);
}"""


def test_coloured_text_can_be_read_in_both_themes(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook, NEW_KINDS, "text_colored:frame:1")
    notebook.control("input_text:name").locator("input").fill("two themes")
    for theme in ("Light", "Dark"):
        notebook.theme(f"JupyterLab {theme}")
        light = str(theme == "Light").lower()
        notebook.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
        notebook.page.wait_for_selector("#jupyterlab-splash", state="detached")  # which JupyterLab shows meanwhile
        for text in ("white", "black", "in that colour"):
            assert notebook.page.evaluate(CONTRAST, text) > 3, f"{text} in {theme}"
        notebook.screenshot(f"new-kinds-{theme.lower()}")
    notebook.theme("JupyterLab Light")
    notebook.page.wait_for_selector("#jupyterlab-splash", state="detached")


def test_fast_typing_loses_nothing_while_the_view_ticks(open_notebook: OpenNotebook) -> None:
    cell = NEW_KINDS.replace('"net", max_length=12', '"", max_length=300').replace(
        "    if not heard", "    panel.set('name', state['name'].upper())  # answers every key\n    if not heard"
    )
    notebook = opened(open_notebook, cell, "input_text:name")
    field = notebook.control("input_text:name").locator("input")
    part = "the quick brown fox jumps over the lazy dog, and 0123456789 dd ii 00 aa bb "
    words = part * 3
    field.focus()
    for _ in range(3):  # the training goes on between keys, however slow it is
        before = notebook.evaluate("view.frame_count")
        notebook.page.keyboard.type(part, delay=2)
        assert notebook.eventually(f"view.frame_count > {before + 3}")
    assert notebook.eventually(f"view._parts.tree.panels['p'].get('name') == {words.upper()!r}")
    assert field.input_value().upper() == words.upper()
    assert notebook.evaluate("heard == sorted(heard, key=len)")  # never shorter again


CHANGING = """
import vultorch_widget as vultorch
view = vultorch.View("changing", 800, 500, tick_rate=60)
panel = view.panel("p")
clicks = other = 0

@view.on_frame
def frame():
    global clicks, other
    n = view.frame_count
    other += panel.button(f"{n} frames###steady")
    panel.text(f"frame {n}")
    if n % 2:
        panel.text_wrapped(f"odd {n}")
        panel.checkbox("odd one")
    if n % 3:
        with panel.row():
            clicks += panel.button("count")
            panel.text_colored(1, 0, 0, 1, f"{n % 3}")
    else:
        clicks += panel.button("count")
    for i in range(n % 4):
        panel.slider(f"slider {i}")
    panel.plot({str(i): [n, 1] for i in range(n % 4)})

view.run()
"""


def test_no_click_is_lost_where_controls_change_every_frame(open_notebook: OpenNotebook) -> None:
    notebook = opened(open_notebook, CHANGING, "button:count")
    count = notebook.control("button:count")
    for told in range(1, 16):
        count.focus()
        notebook.page.keyboard.press("Enter")
        assert notebook.eventually(f"clicks == {told}")
    notebook.control("button:###steady").focus()
    for told in range(1, 6):
        notebook.page.keyboard.press("Space")
        assert notebook.eventually(f"other == {told}")
    mouse = notebook.page.mouse
    for told in range(6, 12):  # pressed while the label and everything after it change
        left, top, _, height = notebook.box(notebook.control("button:###steady"))
        mouse.move(left + 20, top + height / 2)
        mouse.down()
        assert notebook.eventually(f"view.frame_count > {notebook.evaluate('view.frame_count') + 12}")
        mouse.up()
        assert notebook.eventually(f"other == {told}")
    assert notebook.evaluate("view.last_error is None and view._parts.channel.refused == 0")
