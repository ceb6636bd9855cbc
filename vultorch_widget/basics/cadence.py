"""Decides when a repeated task is due."""

from __future__ import annotations

import math


class Cadence:
    """Makes a task due every ``interval`` seconds, or less often if it would take more than ``share`` of the time. The
    first run is due at once.

    Times are seconds on one clock of the caller's. Unlike this, a `Budget` allows a task more time at once if it took
    less before.

    Attributes:
        next: When the task is due.

    """

    def __init__(self, interval: float, *, share: float = 1.0) -> None:
        self._interval = interval
        self._share = share
        self._last = self.next = -math.inf

    def due(self, now: float) -> bool:
        """True if the task is due."""
        return now >= self.next

    def done(self, now: float, took: float = 0.0) -> None:
        """Records that the task ended at ``now`` and took ``took`` seconds."""
        self._last = now
        self.next = now + max(self._interval, took / self._share)

    @property
    def interval(self) -> float:
        """Minimum seconds between two runs of the task. Setting it counts from the last run."""
        return self._interval

    @interval.setter
    def interval(self, seconds: float) -> None:
        self._interval = seconds
        self.next = self._last + seconds

    def hurry(self) -> None:
        """Makes the task due at once."""
        self._last = self.next = -math.inf
