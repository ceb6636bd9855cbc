"""When a rank copies its next picture, by a clock that all ranks share."""

from __future__ import annotations

import math
import time

RATE = 30.0
"""Maximum pictures per name and second, on average."""
SHARE = 0.02
"""Maximum share of the training's time for copying tensors."""
_PARTS = 4  # of 1 / RATE, so that ranks whose copies take nearly equally long keep the same times
_WALL = time.time() - time.monotonic()


def following(now: float, took: float) -> float:
    """When the next picture is due, after one that was copied at ``now``, which took ``took`` seconds.

    Ranks that reduce gradients wait for one another, so copies in different steps would delay all ranks, one after
    another. Therefore pictures are due at multiples of the interval since the epoch: ranks copy in the same step. Short
    steps do not lower the rate either. A late picture is not followed by two at once.

    Args:
        now: Seconds of `time.monotonic`, as the result.
        took: Seconds; the interval is long enough for copies to take no more than `SHARE` of the time.

    """
    interval = max(1.0, math.ceil(took / SHARE * RATE * _PARTS) / _PARTS) / RATE
    due = (math.floor((now + _WALL) / interval) + 1) * interval - _WALL
    return max(due, now + interval / 2)
