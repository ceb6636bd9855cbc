"""When it is time to do something again."""

from __future__ import annotations

import math


class Cadence:
    """Lets something be done every ``interval`` seconds, and less often where it would take more than ``share`` of the
    time. It is due from the beginning.

    Times are seconds on one clock of the caller's. ``interval`` may be set at any time. See `Budget` for what may take
    more at once where it took less before.
    """

    def __init__(self, interval: float, *, share: float = 1.0) -> None:
        self.interval = interval
        self._share = share
        self._last = -math.inf
        self._took = 0.0

    def due(self, now: float) -> bool:
        """Whether it is time."""
        return now - self._last >= max(self.interval, self._took / self._share)

    def done(self, now: float, took: float = 0.0) -> None:
        """It was done until ``now``, and took so many seconds."""
        self._last, self._took = now, took

    def hurry(self) -> None:
        """It is time, whenever it was done last."""
        self._last = -math.inf
