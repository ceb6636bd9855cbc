"""Which steps of a run of unknown length are kept: close together at the beginning, ever farther apart later on.

Training changes most at first, so a fixed number of key frames is spent evenly over the logarithm of the step, as
measurements over many orders of magnitude are. The length is not known beforehand; therefore a sample that is one too
many costs the one whose neighbours lie closest together on that scale. This keeps the first and the last, and is the
pyramidal time frame of data streams (Aggarwal et al., "A Framework for Clustering Evolving Data Streams", VLDB 2003)
turned around: there the recent past is dense, here the beginning is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

ORIGIN = 16.0
"""Steps after which the spacing begins to grow. From there on it is in proportion to the step."""


def on_scale(step: float) -> float:
    """Where ``step`` (0 or more) lies on the scale over which what is kept is spread evenly."""
    return math.log1p(step / ORIGIN)


def least_missed(places: Sequence[float], among: Iterable[int]) -> int:
    """The index, one of ``among``, of the one to give up in rising ``places``: that whose neighbours lie closest
    together. Neither the first nor the last place may be among them, but one must be.
    """
    return min(among, key=lambda index: places[index + 1] - places[index - 1])


def worth(places: Sequence[float], new: float) -> bool:
    """Whether ``new`` would be kept for a while where ``places`` are as many as there is room for.

    It is, once it lies as far from the last as these lie from one another on average; otherwise making it is wasted.
    """
    return len(places) < 2 or new - places[-1] >= (places[-1] - places[0]) / (len(places) - 1)
