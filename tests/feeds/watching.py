"""What a notebook has of the ranks of run7."""

from __future__ import annotations

import vultorch_widget as vultorch


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
