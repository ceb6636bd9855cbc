"""Limits the time of a task that must not be noticeable."""

from __future__ import annotations

import math
from collections import deque


class Budget:
    """A token bucket for time. A task may take ``share`` of the time, and up to ``credit`` saved seconds at once.

    The median of the last three durations is charged. On a busy machine, a single run may take fifty times as long as
    usual. If it were charged in full, it would block the task for half a minute.

    Times are seconds on one clock of the caller's, which may stop while the run is paused.
    """

    def __init__(self, share: float, credit: float) -> None:
        if not 0 < share < 1 or credit < 0:
            raise ValueError(f"share must be in 0..1, both excluded, and credit at least 0, not {share} and {credit}")
        self._share = share
        self._credit = credit
        self._left = credit
        self._took: deque[float] = deque(maxlen=3)
        self.usual = math.inf  # median of the last three durations, infinity before the first
        self._filled_at: float | None = None
        self.due = 0.0  # when the task may run again
        self.spent = 0.0  # total seconds

    def spend(self, seconds: float, now: float) -> None:
        """Charges a run that took ``seconds`` and ended at ``now``."""
        if self._filled_at is not None:
            self._left = min(self._credit, self._left + self._share * (now - self._filled_at))
        self._filled_at = now
        self.note(seconds)
        self._left -= self.usual
        self.spent += seconds
        self.due = now + max(0.0, -self._left / self._share)

    def note(self, seconds: float) -> None:
        """Records a duration of ``seconds`` that is not charged."""
        self._took.append(seconds)
        self.usual = sorted(self._took)[(len(self._took) - 1) // 2]
