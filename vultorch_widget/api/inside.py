"""The panel that shows a network from the inside; see `View.watch`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from weakref import ref

import torch

from ..controls.network import Network
from ..network.watching import Watching
from ..tree.panel import Panel
from .parts import Parts

PANEL = "network"
HEIGHT = 0.45
"""Share of the view's height."""


class Own(Protocol):
    """The part of the view that is used here."""

    _parts: Parts

    def panel(self, name: str, *, side: str | None = None, width: float = 0.0) -> Panel:
        """The panel of this name."""


def watch_inside(view: Own, before: Watching | None, model: torch.nn.Module, every: int) -> Watching:
    """From now on, watches ``model`` instead of what ``before`` watched.

    Repeating the same call, as when a cell is run again, continues the watching.
    """
    if before is not None:
        if before.watches(model, every):
            return before
        before.close()
    parts = view._parts
    watching = Watching(model, every, _step_of(parts), parts.notices.tell)
    view.panel(PANEL, side="bottom", width=HEIGHT).store.labelled(Network, "##layers", watching.report)
    return watching


def _step_of(parts: Parts) -> Callable[[], int]:
    """The step of a run as its replay counts it: the logged step if anything was logged, otherwise the frame."""
    metrics, frames = ref(parts.metrics), ref(parts.frames)  # torch's hooks hold these, and must not keep the view

    def step() -> int:
        logged, passed = metrics(), frames()
        return (logged.iteration if logged is not None else 0) or (passed.count if passed is not None else 0)

    return step
