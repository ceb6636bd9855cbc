"""Chooses which steps of a run of unknown length to keep: dense at the beginning, ever sparser later.

Training changes most at first, so the key frames are spread evenly over the logarithm of the step. The length of the
run is unknown. So when there is one key frame too many, the one whose neighbours are closest together on that scale is
dropped; the first and the last always stay. This reverses the pyramidal time frame of data streams (Aggarwal et al., "A
Framework for Clustering Evolving Data Streams", VLDB 2003): there the recent past is dense, here the beginning is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

ORIGIN = 16.0
"""The step from which on the spacing grows in proportion to the step."""


def on_scale(step: float) -> float:
    """The position of ``step`` (0 or more) on the scale on which kept steps are evenly spaced."""
    return math.log1p(step / ORIGIN)


def least_missed(places: Sequence[float], among: Iterable[int]) -> int:
    """The index of the place to drop: the one of ``among`` whose neighbours lie closest together.

    ``places`` is increasing. ``among`` holds at least one index, and neither the first nor the last.
    """
    gaps = [after - before for before, after in zip(places, places[2:], strict=False)]
    return min(among, key=[0.0, *gaps].__getitem__)


def next_worth(places: Sequence[float]) -> float:
    """The first step that would be kept for a while, given that ``places`` are full.

    Its distance from the last place is the mean distance between them.
    """
    if len(places) < 2:
        return 0.0
    return ORIGIN * math.expm1(places[-1] + (places[-1] - places[0]) / (len(places) - 1))
