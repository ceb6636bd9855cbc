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
    """What is used of the view."""

    _parts: Parts

    def panel(self, name: str, *, side: str | None = None, width: float = 0.0) -> Panel:
        """The panel of this name."""


def watch_inside(view: Own, before: Watching | None, model: torch.nn.Module, every: int) -> Watching:
    """Watches ``model`` from now on, instead of what ``before`` did.

    The same call again, as by a cell that is run again, goes on.
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
    """The step of a run as its replay counts: the logged one if anything was logged, else the frame."""
    metrics, frames = ref(parts.metrics), ref(parts.frames)  # hooks of torch lead here, and must not keep the view

    def step() -> int:
        logged, passed = metrics(), frames()
        return (logged.iteration if logged is not None else 0) or (passed.count if passed is not None else 0)

    return step
