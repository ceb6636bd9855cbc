"""Notebooks as JupyterLab saves them, with replays of real runs."""

from __future__ import annotations

import base64
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import torch
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, writes

import vultorch_widget as vultorch
from tests.replay.runs import fit
from vultorch_widget.basics.budget import Budget
from vultorch_widget.replay.files import unpacked
from vultorch_widget.training.coordinates import coordinates
from vultorch_widget.training.emblem import emblem
from vultorch_widget.training.image_fit import ImageFit

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
LIVE_TRAINING = Path(__file__).parents[2] / "notebooks" / "03_live_training.ipynb"


@cache
def kept(frames: int = 60) -> tuple[str, str]:
    """(poster, replay text) of a short training."""
    return kept_of(fit(frames))


def kept_of(view: vultorch.View) -> tuple[str, str]:
    """(poster, replay text) that a notebook would save of ``view``. Closes the view."""
    widget = view.widget
    view._parts.saving.now()
    state = widget._poster, widget._replay
    view.close()
    return state


@cache
def branched() -> tuple[str, str]:
    """(poster, replay text) of a training that went back from step 400 to step 120, and then continued to step 240."""
    view = fit(60, checkpoints=True)
    view.panel("Controls").set("lr", 0.09)
    view.run(max_frames=40)
    view.rewind(120)
    view.panel("Controls").set("lr", 0.004)
    view.run(max_frames=30)
    return kept_of(view)


def replay() -> dict[str, Any]:
    """A replay document that the caller may change."""
    document: dict[str, Any] = json.loads(kept()[1])
    return document


@cache
def long_run() -> tuple[str, str]:
    """(poster, replay text) of 100,000 logged steps."""
    view = vultorch.View("Long", 600, 300, headless=True)
    picture = torch.zeros(16, 16)
    view.panel("A").canvas("a").bind(picture)

    @view.on_frame
    def frame() -> None:
        picture.fill_(view.frame_count / 100)
        for step in range(1000):
            view.log(loss=1 / (1 + view.iteration), wave=step % 7)

    view.run(max_frames=100)
    return kept_of(view)


@cache
def seed_run() -> tuple[str, str]:
    """What is kept of the live training's 3,000 steps, six per frame, shown in two panels of 256 x 256.

    It learns from every fourth pixel of every fourth row, which takes a sixteenth of the time, but shows them all. The
    recorder gets unlimited time, as it would if steps took as long as the real ones.
    """
    truth = torch.from_numpy(np.array(emblem(256))).float() / 255
    learner = ImageFit(truth[::4, ::4], seed=0)
    places = coordinates(256, 256)
    view = vultorch.View("Live training", 1200, 700, headless=True)
    prediction = vultorch.create_tensor(256, 256, 4, "cpu", window=view.window)
    prediction[..., 3] = 1
    view.panel("Ground truth").canvas("gt").bind(truth)
    output = view.panel("Training Output").canvas("pred").bind(prediction)
    view.continue_in_page(
        learner.model, places, truth.reshape(-1, 3), optimizer=learner.optimizer, output=output, steps=6
    )

    @view.on_frame
    def frame() -> None:
        learner.step(6)
        for _ in range(6):
            view.log(loss=10 ** (-learner.psnr / 10))
        if view.frame_count % 2 == 1:
            return  # the recorder keeps less than half of the frames anyway
        with torch.no_grad():
            prediction[..., :3] = learner.model(places).reshape(256, 256, 3)

    view._parts.offscreen.replay.budget = Budget(0.5, 100.0)
    view.run(max_frames=500)
    return kept_of(view)


def live_training() -> Any:
    """The notebook of the live training, saved with the view of `seed_run`."""
    node = nbformat.read(LIVE_TRAINING, as_version=4)
    cell = next(cell for cell in node.cells if cell.cell_type == "code" and "view.run()" in cell.source)
    cell.outputs = [shown("a")]
    node.metadata["widgets"] = {STATE: state({"a": seed_run()})}
    return node


@cache
def kept_fit() -> tuple[str, str]:
    """What is kept of a small fit, which a page can continue."""
    view = vultorch.fit_image(np.array(emblem(16)), width=8, headless=True)
    view.run(max_frames=4)
    return kept_of(view)


def fitted() -> Any:
    """A notebook that shows it."""
    return notebook("# A fit", code("view", shown("one")), models={"one": kept_fit()})


@cache
def failed() -> tuple[str, str]:
    """(poster, replay text) of a run that ended with an error."""
    view = vultorch.View("Fails", 600, 300, headless=True)
    picture = torch.zeros(16, 16)
    view.panel("A").canvas("a").bind(picture)

    @view.on_frame
    def frame() -> None:
        view.log(loss=1.0)
        if view.frame_count == 3:
            raise ArithmeticError("the loss is <b>gone</b>")

    widget = view.widget
    try:
        view.run(max_frames=10)
    except ArithmeticError:
        pass
    else:
        raise AssertionError("it should have failed")
    state = widget._poster, widget._replay
    view.close()
    return state


def notebook(*cells: Any, models: dict[str, tuple[str, str]] | None = None, **metadata: Any) -> Any:
    """A notebook of ``cells`` (Markdown texts or cells) with the views ``models``, each (poster, replay text)."""
    nodes = [new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    for number, node in enumerate(nodes):
        node.id = f"cell-{number}"
    node = new_notebook(cells=nodes, metadata={"language_info": {"name": "python"}, **metadata})
    if models is not None:
        node.metadata["widgets"] = {STATE: state(models)}
    return node


def state(models: dict[str, tuple[str, str]]) -> dict[str, Any]:
    entries = {
        model: {
            "model_module": "anywidget",
            "model_module_version": "~0.9.*",
            "model_name": "AnyModel",
            "state": {"_poster": poster, "_replay": text, "_esm": "export default {}"},
        }
        for model, (poster, text) in models.items()
    }
    return {"version_major": 2, "version_minor": 0, "state": entries}


def code(source: str = "", *outputs: Any, **metadata: Any) -> Any:
    return new_code_cell(source, outputs=list(outputs), metadata=metadata)


def shown(model: str, **data: Any) -> Any:
    """The output that shows a view."""
    return display({VIEW: {"version_major": 2, "version_minor": 0, "model_id": model}, "text/plain": "View", **data})


def display(data: dict[str, Any], **metadata: Any) -> Any:
    return new_output("display_data", data, metadata=metadata)


def printed(text: str, name: str = "stdout") -> Any:
    return new_output("stream", name=name, text=text)


def raised(*traceback: str) -> Any:
    return new_output("error", ename="ValueError", evalue="no", traceback=list(traceback))


def text_of(node: Any) -> str:
    return str(writes(node)) + "\n"


def png(color: tuple[int, int, int] = (200, 60, 30), size: int = 8) -> str:
    """A small picture, as base64."""
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (size, size), color).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


TUTORIAL = """# A small tutorial

Some *words*, `code` and a formula $\\mathcal{L} = \\frac{1}{N}\\sum_i (f_\\theta(x_i) - y_i)^2$.

> [!NOTE]
> An alert as on GitHub.

$$\\begin{aligned} a &= b + c \\\\ &= d \\end{aligned}$$

:::{warning} Mind this
A directive of MyST.
:::

!!! tip "As in MkDocs"
    Indented.

## First part

| name | value |
| --- | ---: |
| width | 64 |

- [x] done
- [ ] not done

## Second part

```python
def f(x):
    return x + 1  # a comment
```

### Deeper
"""


def replays_in(html: str) -> list[Any]:
    """The replay documents in a page."""
    found = re.findall(r'<script type="text/plain" class="replay-data">(.*?)</script>', html, re.DOTALL)
    return [json.loads(unpacked(text)) for text in found]


def tutorial() -> Any:
    """A notebook with a little of everything."""
    return notebook(
        TUTORIAL,
        code("view.run()", shown("one")),
        code(
            "1 / 0",
            printed("step 1\rstep 2\n\x1b[31mred\x1b[0m and \x1b[38;5;28;01mgreen\x1b[39;00m\n"),
            raised("\x1b[31mZeroDivisionError\x1b[39m: division by zero"),
        ),
        code("frame", display({"text/html": "<table><thead><tr><th>a</th></tr></thead><tr><td>1</td></tr></table>"})),
        code("plot", display({"image/png": png(), "text/plain": "<Figure>"})),
        models={"one": kept()},
    )
