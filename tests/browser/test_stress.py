"""Many controls, and controls that change in every frame: usable, steady, and not a click or a letter lost."""

from __future__ import annotations

import pytest

from .conftest import OpenNotebook
from .notebook import Notebook
from .programs import CHANGING, MANY

pytestmark = pytest.mark.browser


def test_of_two_hundred_controls_the_last_is_heard_like_the_first(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([MANY])
    notebook.run(0)
    notebook.control("slider:slider 39").wait_for()
    notebook.box(notebook.control("slider:slider 39"))
    outside = notebook.root.evaluate(
        """root => [...root.querySelectorAll('.vw-control')].filter(control => {
            const [inner, outer] = [control.getBoundingClientRect(), root.getBoundingClientRect()];
            return inner.left < outer.left || inner.right > outer.right || inner.bottom > outer.bottom;
        }).length"""
    )
    assert outside == 0
    before = notebook.evaluate("view.frame_count")
    for index in (0, 39):
        track = notebook.control(f"slider:slider {index}").locator("input[type=range]")
        track.scroll_into_view_if_needed()
        for _ in range(3):
            value = notebook.evaluate(f"state[{index}]")
            track.press("ArrowRight")
            assert notebook.eventually(f"state[{index}] > {value}")
        left, top, width, height = notebook.box(track)
        notebook.page.mouse.click(left + 0.75 * width, top + height / 2)
        assert notebook.eventually(f"0.7 < state[{index}] < 0.8")
    notebook.control("input_text:line 39").locator("input").focus()
    notebook.page.keyboard.type("still here")
    assert notebook.eventually("state['line', 39] == 'still here'")
    assert notebook.evaluate("view.frame_count") > before
    notebook.screenshot("two-hundred-controls")


STEADY = ["button:###steady", "input_text:###line", "slider:###slider", "checkbox:###box", "combo:###combo"]
WATCH = """steady => {
    window.remade = [];
    window.gone = [];
    const find = id => document.querySelector(`[data-vw-control="${id}"]`);
    const first = new Map(steady.map(id => [id, find(id)]));
    const inner = new Map(steady.map(id => [id, [...find(id).querySelectorAll('input, select')]]));
    new MutationObserver(() => {
        for (const [id, node] of first) {
            if (find(id) !== node) window.remade.push(id);
            else if (inner.get(id).some(part => !node.contains(part))) window.remade.push(`inside ${id}`);
        }
    }).observe(document.querySelector('.vw-root'), { childList: true, subtree: true });
    const look = () => {
        if (steady.some(id => !(find(id)?.getBoundingClientRect().height > 0))) window.gone.push(performance.now());
        window.looks = (window.looks ?? 0) + 1;
        requestAnimationFrame(look);
    };
    look();
}"""


def click_at(notebook: Notebook, control: str) -> None:
    """Clicks with the mouse where the control is."""
    left, top, _, height = notebook.box(notebook.control(control))
    notebook.page.mouse.click(left + 20, top + height / 2)


def test_controls_that_change_in_every_frame_are_kept_and_lose_no_click_and_no_letter(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook([CHANGING])
    notebook.run(0)
    notebook.control(STEADY[0]).wait_for()
    notebook.page.evaluate(WATCH, STEADY)
    before = notebook.evaluate("view.frame_count")
    for told in range(1, 26):
        click_at(notebook, STEADY[0])
        assert notebook.eventually(f"clicks == {told}")  # two within one frame are one
    words = "every letter arrives, and none comes twice 0123456789"
    field = notebook.control("input_text:###line").locator("input")
    field.focus()
    notebook.page.keyboard.type(words, delay=15)
    assert field.evaluate("field => field === document.activeElement")
    assert field.input_value() == words
    assert notebook.eventually(f"lines[-1] == {words!r}")
    assert notebook.evaluate("all(words.startswith(line) for line in lines)".replace("words", repr(words)))
    assert notebook.eventually(f"view.frame_count > {before + 60}")
    notebook.wait_until("() => window.looks > 60")
    gone, remade = notebook.page.evaluate("[window.gone.length, window.remade]")
    assert (gone, remade) == (0, [])
    notebook.screenshot("changing")


KINDS = """
import vultorch_widget as vultorch
view = vultorch.View("kinds", 700, 400, tick_rate=60)
panel = view.panel("p")
state = {"button": 0}

@view.on_frame
def frame():
    state["button"] += panel.button("button")
    state["checkbox"] = panel.checkbox("checkbox")
    state["slider"] = panel.slider("slider", 0.0, 1.0, default=0.5, step=0.25)
    state["slider_int"] = panel.slider_int("slider_int", 0, 10, default=5)
    state["combo"] = panel.combo("combo", ["a", "b", "c"])
    state["color_picker"] = panel.color_picker("color_picker")
    state["input_text"] = panel.input_text("input_text")

view.run()
"""


PART = {
    "button": "",
    "checkbox": "input",
    "slider": "input[type=range]",
    "slider_int": "input[type=range]",
    "combo": "select",
    "color_picker": "input[type=text]",
    "input_text": "input",
}
"""For each kind, the element that the user would click."""
ACTS: list[tuple[str, float | str, object]] = [
    ("button", 0.5, 1),
    ("button", "Space", 2),
    ("checkbox", 0.5, True),
    ("checkbox", "Space", False),
    ("slider", 0.97, 1.0),
    ("slider", "ArrowLeft", 0.75),
    ("slider_int", 0.02, 0),
    ("slider_int", "ArrowRight", 1),
    ("slider_int", "End", 10),
    ("combo", 0.5, 0),  # opens the list
    ("combo", "ArrowDown Enter", 1),
    ("combo", "c", 2),
    ("color_picker", 0.5, (1.0, 1.0, 1.0)),
    ("color_picker", "Control+a # 0 0 f f 0 0 Enter", (0.0, 1.0, 0.0)),
    ("input_text", 0.5, ""),
    ("input_text", "a Space 1", "a 1"),
    ("input_text", "Backspace", "a "),
]
"""What is done, in order: a click at a share of the element's width, or keys. Then what the callback reads."""


def test_each_kind_of_control_acts_by_mouse_and_by_keyboard_with_its_type(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([KINDS])
    notebook.run(0)
    notebook.control("input_text:input_text").wait_for()
    for kind, act, value in ACTS:
        control = notebook.control(f"{kind}:{kind}")
        element = control.locator(PART[kind]) if PART[kind] else control
        if isinstance(act, str):
            if "Enter" not in act:  # an open list takes the keys
                element.focus()
            for key in act.split():
                notebook.page.keyboard.press(key)
        else:
            left, top, width, height = notebook.box(element)
            notebook.page.mouse.click(left + act * width, top + height / 2)
        assert notebook.eventually(f"state[{kind!r}] == {value!r}"), (kind, act)
        assert notebook.evaluate(f"type(state[{kind!r}]).__name__") == type(value).__name__
    # The browser's own colour chooser is out of a test's reach; this is what it would send.
    notebook.control("color_picker:color_picker").locator("input[type=color]").fill("#ff0000")
    assert notebook.eventually("state['color_picker'] == (1.0, 0.0, 0.0)")
    assert notebook.evaluate("view._parts.channel.refused") == 0
