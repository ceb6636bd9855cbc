"""Keys pressed while the view has the focus: the host gets its own, and controls get theirs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.patience import wait_until

from .conftest import OpenNotebook
from .lab import Lab
from .notebook import Notebook

pytestmark = pytest.mark.browser

PROGRAM = """
import torch, vultorch_widget as vultorch
view = vultorch.View("Keys", 600, 400)
view.panel("Picture").canvas("c").bind(torch.rand(8, 8))
controls = view.panel("Controls", side="right", width=0.5)

@view.on_frame
def frame():
    controls.slider("lr", 0.0, 1.0, default=0.5, step=0.1)
    controls.input_text("name")

view.run()
"""


def shown(open_notebook: OpenNotebook, **options: Any) -> Notebook:
    notebook = open_notebook([PROGRAM, "1 + 1"], **options)
    notebook.run(0)
    notebook.wait_for_state("running")
    notebook.control("slider:lr").wait_for()  # the first frame has been shown
    return notebook


def cells(notebook: Notebook) -> int:
    count = "() => window.jupyterapp.shell.currentWidget.content.widgets.length"
    return int(notebook.page.evaluate(count))


def mark(notebook: Notebook, text: str) -> None:
    """Changes the second cell, so that a saved file can be told from the previous one."""
    notebook.page.evaluate(
        "text => window.jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.setSource(text)", text
    )


def is_saved(notebook: Notebook, text: str) -> bool:
    return json.dumps(text) in (notebook.lab.folder / notebook.path).read_text()  # perhaps only half of it yet


COUNT_SAVES = """
() => {
    if (window.savesUnderWay !== undefined) return;
    window.savesUnderWay = 0;
    window.jupyterapp.commands.commandExecuted.connect((_, { id, result }) => {
        if (id !== 'docmanager:save') return;
        window.savesUnderWay += 1;
        result.finally(() => { window.savesUnderWay -= 1; });
    });
}
"""


def saves(notebook: Notebook, text: str) -> None:
    mark(notebook, text)
    notebook.page.evaluate(COUNT_SAVES)
    notebook.page.keyboard.press("Control+s")
    wait_until(lambda: is_saved(notebook, text), lambda: f"Ctrl+S did not save {text!r}")
    # JupyterLab ignores Ctrl+S until its command has ended, which makes a checkpoint after the save.
    notebook.wait_until("() => window.savesUnderWay === 0")


@pytest.mark.parametrize("app", ["lab", "jupyter_notebook"])
def test_ctrl_s_saves_whatever_has_the_focus(
    open_notebook: OpenNotebook, app: str, request: pytest.FixtureRequest
) -> None:
    server: Lab = request.getfixturevalue(app)
    notebook = shown(open_notebook, server=server)
    notebook.button("Pause").click()
    notebook.wait_for_state("paused")
    saves(notebook, "'button'")
    notebook.control("slider:lr").locator("input[type=range]").focus()
    saves(notebook, "'slider'")
    notebook.control("input_text:name").locator("input").focus()
    notebook.page.keyboard.type("dd")
    saves(notebook, "'field'")
    assert cells(notebook) == 2


def test_a_control_keeps_the_keys_that_it_uses(open_notebook: OpenNotebook) -> None:
    notebook = shown(open_notebook)
    track = notebook.control("slider:lr").locator("input[type=range]")
    track.focus()
    for _ in range(2):
        notebook.page.keyboard.press("ArrowUp")
    assert notebook.eventually("abs(controls.get('lr') - 0.7) < 1e-6")
    notebook.control("input_text:name").locator("input").focus()
    notebook.page.keyboard.type("dd b")
    assert notebook.eventually("controls.get('name') == 'dd b'")
    assert cells(notebook) == 2
    notebook.button("Pause").focus()
    notebook.page.keyboard.press("Enter")
    notebook.wait_for_state("paused")
    assert notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.mode") == "command"


COUNT_LOSSES = """
() => {
    document.querySelector('.vw-root').parentNode.classList.add('first');
    window.losses = 0;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { // between any two tasks, of which a key is one
        if (document.activeElement === document.body) window.losses += 1;
        if (!window.losses && document.querySelector('.first')) port2.postMessage(null);
    };
    port2.postMessage(null);
}
"""


def test_a_button_keeps_the_focus_while_its_output_is_rendered_anew(open_notebook: OpenNotebook) -> None:
    notebook = shown(open_notebook)
    notebook.button("Pause").focus()
    notebook.page.evaluate(COUNT_LOSSES)
    notebook.button("Pause").click()  # the output gets the last picture
    notebook.wait_until("() => window.losses || !document.querySelector('.first')")
    notebook.page.keyboard.press("b")  # adds a cell
    notebook.wait_until("() => window.jupyterapp.shell.currentWidget.content.widgets.length === 3")
    assert notebook.page.evaluate("() => window.losses") == 0
