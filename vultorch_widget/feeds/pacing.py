"""When a rank copies its next picture, by a clock that all ranks share."""

from __future__ import annotations

import math
import time

RATE = 30.0
"""Maximum pictures per name and second, on average."""
SHARE = 0.02
"""Maximum share of the training's time for copying the tensors of all pictures."""
_PARTS = 4  # of 1 / RATE, so that ranks whose copies take nearly equally long keep the same times
_WALL = time.time() - time.monotonic()


class Pacing:
    """When the pictures of one feed are due: each once in a round, which lasts long enough for all that it has."""

    def __init__(self) -> None:
        self._copied: set[str] = set()  # in this round
        self._began = self._end = 0.0
        self._took = 0.0
        self._owed = 0.0  # seconds by which rounds were shorter than `SHARE` allows; below 0 if they were longer

    def due(self, name: str, now: float) -> bool:
        """Whether to copy the picture, at ``now`` seconds of `time.monotonic`."""
        if now >= self._end:
            self._copied.clear()
        return name not in self._copied

    def copied(self, name: str, now: float, took: float) -> None:
        """Notes that it was copied at ``now``, which took ``took`` seconds."""
        if not self._copied:
            allowed = self._took / SHARE
            self._owed = max(self._owed + allowed - (now - self._began), -allowed)
            self._began, self._took = now, 0.0
        self._copied.add(name)
        self._took += took
        self._end = following(self._began, self._took, self._owed)


def following(now: float, took: float, owed: float = 0.0) -> float:
    """When the next pictures are due, after those that were copied at ``now``, which took ``took`` seconds.

    Ranks that reduce gradients wait for one another, so copies in different steps would delay all ranks, one after
    another. Therefore pictures are due at multiples of the interval since the epoch: ranks copy in the same step. Short
    steps do not lower the rate either. A late picture is not followed by two at once.

    Args:
        now: Seconds of `time.monotonic`, as the result.
        took: Seconds; the interval is long enough for copies to take no more than `SHARE` of the time.
        owed: Seconds by which earlier intervals were too short, as the multiples of intervals of different lengths do
            not meet. The next is longer by them.

    """
    interval = max(1.0, math.ceil(took / SHARE * RATE * _PARTS) / _PARTS) / RATE
    half = now + interval / 2 + max(0.0, owed)
    if interval > 1 / RATE:  # may be another than the last, and is kept on average by the nearest multiple alone
        return math.ceil((half + _WALL) / interval) * interval - _WALL
    due = (math.floor((now + _WALL) / interval) + 1) * interval - _WALL
    return max(due, half)
