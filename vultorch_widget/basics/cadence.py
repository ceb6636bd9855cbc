"""Decides when a repeated task is due."""

from __future__ import annotations

import math


class Cadence:
    """Makes a task due every ``interval`` seconds, or less often if it would take more than ``share`` of the time. It
    is due at once at first.

    Times are seconds on one clock of the caller's. ``interval`` may be set at any time. Unlike this, a `Budget` allows
    a task more time at once if it took less before.
    """

    def __init__(self, interval: float, *, share: float = 1.0) -> None:
        self.interval = interval
        self._share = share
        self._last = -math.inf
        self._took = 0.0

    def due(self, now: float) -> bool:
        """True if the task is due."""
        return now - self._last >= max(self.interval, self._took / self._share)

    def done(self, now: float, took: float = 0.0) -> None:
        """Records that the task ended at ``now`` and took ``took`` seconds."""
        self._last, self._took = now, took

    def hurry(self) -> None:
        """Makes the task due at once."""
        self._last = -math.inf
