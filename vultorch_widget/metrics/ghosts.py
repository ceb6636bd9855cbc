"""Curves of branches that were left, which stay in the chart as pale lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from .record import Stretch

MOST_POINTS = 256
"""Most points of one ghost."""
MOST_GHOSTS = 100
"""Most ghosts. Beyond, the oldest are left out."""


class Ghost(NamedTuple):
    """A part of the scalar ``series`` in the branch ``branch``: the values at some steps, NaN where not finite."""

    branch: str
    series: str
    steps: tuple[int, ...]
    values: tuple[float, ...]

    def rows(self) -> bytes:
        """The points for pages: see `GhostCurve`."""
        points: bytes = np.array([self.steps, self.values], "<f8").T.tobytes()
        return points


class Ghosts:
    """The ghosts of a view. ``version`` rises with every change."""

    def __init__(self) -> None:
        self.version = 0
        self.curves: list[Ghost] = []

    def put(self, curves: Iterable[Ghost]) -> None:
        """Replaces all of them."""
        found = list(curves)[-MOST_GHOSTS:]
        if found != self.curves:
            self.curves = found
            self.version += 1


def ghost(branch: str, series: str, stretch: Stretch) -> Ghost:
    """The ghost of a stretch: evenly chosen points of it, the first and the last among them."""
    count = len(stretch.steps)
    chosen = np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(int)).tolist()
    return Ghost(branch, series, tuple(stretch.steps[at] for at in chosen), tuple(stretch.values[at] for at in chosen))
