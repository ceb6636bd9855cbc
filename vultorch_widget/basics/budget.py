"""How much time may go to something that must not be felt."""

from __future__ import annotations

import math
from collections import deque
from statistics import median_low


class Budget:
    """Lets something take ``share`` of the time that passes, and ``credit`` seconds at once where it took less so far.

    What counts is the median of what it took the last three times: where other work keeps the machine busy, one of them
    may take fifty times as long as usual, and for that it would not be done again for half a minute.

    Times are seconds on one clock of the caller's, such as one that stands still while the run rests. (A token bucket,
    as networks use it for their traffic.)
    """

    def __init__(self, share: float, credit: float) -> None:
        if not 0 < share < 1 or credit < 0:
            raise ValueError(f"share must be in 0..1, both excluded, and credit at least 0, not {share} and {credit}")
        self._share = share
        self._credit = credit
        self._left = credit
        self._took: deque[float] = deque(maxlen=3)
        self._filled_at: float | None = None
        self.due = 0.0  # from when on it may be done again
        self.spent = 0.0  # seconds in all

    def spend(self, seconds: float, now: float) -> None:
        """Notes that it took ``seconds``, until ``now``."""
        if self._filled_at is not None:
            self._left = min(self._credit, self._left + self._share * (now - self._filled_at))
        self._filled_at = now
        self._took.append(seconds)
        self._left -= self.usual
        self.spent += seconds
        self.due = now + max(0.0, -self._left / self._share)

    def note(self, seconds: float) -> None:
        """Notes that it took ``seconds`` which something else pays for."""
        self._took.append(seconds)

    @property
    def usual(self) -> float:
        """Seconds that it takes: the median of the last three, infinity before the first."""
        return median_low(self._took) if self._took else math.inf
