"""How a notebook sees the ranks of run7."""

from __future__ import annotations

from pathlib import Path

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import wait_until


def turn(view: vultorch.View) -> bool:
    """One frame of the notebook."""
    goes = view.step()
    view.end_step()
    return goes


def shown(view: vultorch.View, rank: int = 0, name: str = "prediction") -> float | None:
    """The mean of a rank's picture, 0..1."""
    panel = view._parts.tree.panels.get(f"run7 · rank {rank}")
    tensor = None if panel is None else panel.canvas(name).tensor
    return None if tensor is None else tensor.float().mean().item() / 255


def caption(view: vultorch.View, rank: int = 0) -> str:
    panel = view._parts.tree.panels.get(f"run7 · rank {rank}")
    marks = () if panel is None else panel.canvas("prediction").marks()
    return marks[0].caption if marks else ""


def steered(view: vultorch.View, folder: Path) -> Page:
    """A page of the notebook in which the user has moved the slider, which both ranks have confirmed in ``folder``."""
    page = Page(view).open()
    turn(view)
    page.set("run7", "slider:rate", 0.75)
    wait_until(lambda: turn(view) and all("0.75" in (folder / f"rank{rank}").read_text() for rank in (0, 1)))
    return page


def said_alike(folder: Path) -> list[str]:
    """What each rank has recorded of its steps: every value in the same step, and the same last step."""
    said = [(folder / f"rank{rank}").read_text().splitlines() for rank in (0, 1)]
    assert said[0] == said[1]
    return said[0]


def late() -> vultorch.View:
    """A notebook that opens after both ranks have ended."""
    view = vultorch.View("late", headless=True)
    view.attach("run7")
    wait_until(lambda: turn(view) and "ended" in caption(view, 0) and "ended" in caption(view, 1))
    return view
