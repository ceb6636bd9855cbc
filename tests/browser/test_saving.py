"""What a saved notebook contains: one replay of each view that it shows, as of the moment of saving."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.patience import wait_until
from vultorch_widget.metrics.scalars import CAPACITY
from vultorch_widget.replay.reader import read

from .conftest import OpenNotebook
from .notebook import Notebook

pytestmark = pytest.mark.browser

STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
PROGRAM = """
import time, torch, vultorch_widget as vultorch
view = vultorch.View("Saved", 500, 300)
picture = torch.zeros(16, 16, 3)
view.panel("Picture").canvas("c").bind(picture)

@view.on_frame
def frame():
    picture.fill_(view.iteration / 1000)
    view.log(loss=1 / (1 + view.iteration))
    time.sleep(0.01)

resets = 0

@view.reset
def again():
    global resets
    resets += 1

view.run()
"""

SHOWN = """
() => {
    const step = document.querySelector('.vw-run .vw-item').textContent.match(/step ([\\d,]+)/);
    return Number(step?.[1].replaceAll(',', '') ?? 0);
}
"""

GREY = """
() => {
    const canvas = document.querySelector('[data-vw-canvas]');
    return canvas.getContext('2d').getImageData(0, 0, 1, 1).data[0];
}
"""


def lightness(file: bytes) -> float:
    """The mean of a picture, 0..255."""
    return float(np.asarray(Image.open(io.BytesIO(file)).convert("L")).mean())


def in_file(notebook: Notebook) -> Any:
    """What the notebook's file contains, once it is complete: it may be half written."""
    texts = [""]

    def whole() -> bool:
        texts.append((notebook.lab.folder / notebook.path).read_text())
        try:
            json.loads(texts[-1])
        except json.JSONDecodeError:
            return False
        return True

    wait_until(whole)
    return json.loads(texts[-1])


def replays(saved: Any) -> dict[str, Any]:
    """The replays in a file, by model."""
    state = saved.get("metadata", {}).get("widgets", {}).get(STATE, {}).get("state", {})
    return {
        model: json.loads(entry["state"]["_replay"]) for model, entry in state.items() if entry["state"].get("_replay")
    }


def shown(saved: Any) -> list[str]:
    """The models that the outputs in a file show."""
    outputs = [output for cell in saved["cells"] for output in cell.get("outputs", ())]
    return [output["data"][VIEW]["model_id"] for output in outputs if VIEW in output.get("data", {})]


def test_a_running_view_is_saved_as_of_now(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([PROGRAM])
    notebook.run(0)
    notebook.wait_for_state("running")
    assert notebook.eventually("view.iteration > 40")
    step = notebook.evaluate("view.iteration")
    notebook.command("docmanager:save")
    wait_until(lambda: any(replay["last"] >= step for replay in replays(in_file(notebook)).values()))
    ((model, replay),) = replays(in_file(notebook)).items()
    assert shown(in_file(notebook)) == [model]
    assert replay["state"] == "running"
    outputs = in_file(notebook)["cells"][0]["outputs"]
    (text,) = ("".join(output["data"]["text/plain"]) for output in outputs if VIEW in output.get("data", {}))
    assert "running at step" in text
    assert "image/png" in next(output["data"] for output in outputs if VIEW in output.get("data", {}))
    notebook.button("Reset").click()
    assert notebook.eventually("resets == 1")  # its steps soon reach the earlier ones again
    notebook.button("Pause").click()
    notebook.wait_for_state("paused")
    notebook.command("docmanager:save")
    step = notebook.evaluate("view.iteration")
    wait_until(lambda: [r["last"] for r in replays(in_file(notebook)).values()] == [step])
    (replay,) = replays(in_file(notebook)).values()
    steps = replay["series"]["loss"]["steps"]
    assert steps == sorted(set(steps))  # none from before the Reset
    assert steps[-1] == step
    if step <= CAPACITY:  # on a busy machine it may get beyond that before it pauses, and points are merged
        assert steps == list(range(1, step + 1))
    assert max(frame["step"] for frame in replay["frames"]) == step


SAVED_ONCE_AND_CLOSED = """
async () => {
    const widget = window.jupyterapp.shell.currentWidget;
    const { context } = widget;
    const shown = (%s)();
    await context.save();
    widget.dispose();
    return shown;
}
"""


def test_a_tab_that_is_closed_with_save_leaves_what_was_shown_last(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([PROGRAM])
    notebook.run(0)
    notebook.wait_for_state("running")
    notebook.wait_until(f"() => ({SHOWN})() > 60 && ({GREY})() > 15")
    grey = notebook.page.evaluate(GREY)  # it only gets lighter
    step = notebook.page.evaluate(SAVED_ONCE_AND_CLOSED % SHOWN)
    saved = in_file(notebook)
    ((model, replay),) = replays(saved).items()
    assert read(json.dumps(replay)) == replay
    assert replay["last"] >= step
    assert replay["state"] == "running"
    assert replay["series"]["loss"]["steps"][-1] >= step
    blob = replay["blobs"][replay["frames"][-1]["pictures"][0]["blob"]]
    assert lightness(base64.b64decode(blob["data"])) >= grey - 2
    (output,) = (output for output in saved["cells"][0]["outputs"] if VIEW in output.get("data", {}))
    assert "Saved: running at step" in "".join(output["data"]["text/plain"])
    assert lightness(base64.b64decode(output["data"]["image/png"])) >= grey - 2
    entry = saved["metadata"]["widgets"][STATE]["state"][model]
    assert entry["state"]["_poster"] == "data:image/png;base64," + output["data"]["image/png"].replace("\n", "")


SAVES_BESIDE = """
async () => {
    const { shell, commands } = window.jupyterapp;
    const { context } = shell.currentWidget;
    const save = () => commands.execute('docmanager:save');
    let started = 0; // the second may start before the command has ended
    const begun = new Promise((second) => {
        context.saveState.connect((_, phase) => {
            if (phase === 'started' && ++started === 2) second();
        });
    });
    await save();
    await begun;
    for (let times = 0; times < 30; times++) await save();
    return document.querySelectorAll('.jp-Dialog').length;
}
"""


def test_who_saves_all_the_time_is_never_told_that_somebody_else_changed_the_file(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([PROGRAM])
    notebook.run(0)
    notebook.wait_for_state("running")
    notebook.wait_until(f"() => ({SHOWN})() > 20")
    complaints = notebook.page.locator(".jp-Dialog")
    saving = notebook.page.evaluate_handle(
        f"() => {{ const saving = {{}}; ({SAVES_BESIDE})().then("
        "(dialogs) => Object.assign(saving, { dialogs })); return saving; }"
    )
    wait_until(lambda: complaints.count() > 0 or "dialogs" in saving.json_value())
    assert complaints.count() == 0
    notebook.button("Pause").click()
    notebook.wait_for_state("paused")
    step = notebook.page.evaluate(SHOWN)
    for _ in range(30):
        notebook.page.keyboard.press("Control+s")
    wait_until(lambda: [(r["last"], r["state"]) for r in replays(in_file(notebook)).values()] == [(step, "paused")])
    assert complaints.count() == 0


BESIDE = """
other = vultorch.View("Beside", 500, 100)

@other.on_frame
def beside():
    other.log(loss=1.0)
    time.sleep(0.01)

other.run()
"""

COUNT_SAVES = """
() => {
    window.saves = 0;
    window.jupyterapp.shell.currentWidget.context.saveState.connect((_, phase) => {
        if (phase === 'started') window.saves += 1;
    });
}
"""


def test_two_running_views_do_not_make_each_other_save_for_ever(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([PROGRAM, BESIDE])
    notebook.run(0)
    notebook.wait_for_state("running")
    notebook.run(1)
    assert notebook.eventually("view.iteration > 40 and other.iteration > 40")
    assert not notebook.page.evaluate("window.jupyterapp.commands.isToggled('docmanager:toggle-autosave')")
    notebook.page.evaluate(COUNT_SAVES)
    notebook.command("docmanager:save")
    notebook.wait_until("() => window.saves > 1")  # with the kernel's replays
    step = notebook.evaluate("view.iteration")
    assert notebook.eventually(f"view.iteration > {step} + 250")  # some seconds
    assert notebook.page.evaluate("window.saves") <= 3


def test_the_file_has_the_replays_of_what_its_outputs_show_and_no_other(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([PROGRAM])
    for _ in range(2):
        notebook.run(0)
        notebook.wait_for_state("running")
        assert notebook.eventually("view.iteration > 20")
        notebook.command("docmanager:save")
        wait_until(lambda: len(replays(in_file(notebook))) == 1)
        notebook.restart()
    notebook.run(0)
    notebook.wait_for_state("running")
    assert notebook.eventually("view.iteration > 20")
    notebook.command("docmanager:save")
    wait_until(lambda: list(replays(in_file(notebook))) == shown(in_file(notebook)) != [])
    assert len(replays(in_file(notebook))) == 1
    notebook.command("notebook:clear-all-cell-outputs")
    notebook.command("docmanager:save")
    wait_until(lambda: shown(saved := in_file(notebook)) == [] and replays(saved) == {})
