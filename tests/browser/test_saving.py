"""What a saved notebook has in it: of each view that it shows one replay, as of the moment of saving."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.patience import wait_until

from .conftest import OpenNotebook
from .notebook import Notebook

pytestmark = pytest.mark.browser

STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
PROGRAM = """
import time, torch, vultorch_widget as vultorch
view = vultorch.View("Saved", 500, 300)
picture = torch.rand(16, 16)
view.panel("Picture").canvas("c").bind(picture)

@view.on_frame
def frame():
    picture.uniform_()
    view.log(loss=1 / (1 + view.iteration))
    time.sleep(0.01)

@view.reset
def again():
    pass

view.run()
"""


def in_file(notebook: Notebook) -> Any:
    """What the notebook's file holds, once it is whole: it may be written just now."""
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
    assert notebook.eventually(f"view.iteration < {step}")
    notebook.command("docmanager:save")
    wait_until(
        lambda: [len(r["series"]["loss"]["steps"]) < step for r in replays(in_file(notebook)).values()] == [True]
    )


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
