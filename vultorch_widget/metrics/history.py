"""The history of one scalar in bounded memory: extremes and average are kept, however long it gets."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
"""float64 little-endian (n, 4): step, low, high, average, as `SeriesPatch` describes them."""


class History:
    """Points of one scalar. Each is ``stride`` values: their last step, their least and greatest, the average after.

    When ``capacity`` (even) points are full, neighbours are merged and ``stride`` doubles, so that the least and the
    greatest value ever logged stay in the history exactly. Values that are not finite count in ``nonfinite`` and change
    neither extremes nor average; a point that has no others shows NaN.

    The average is exponential with weight ``smoothing`` for the past, divided by the sum of its weights so that it does
    not start out at zero (Kingma and Ba, "Adam", 2015, section 3).

    ``generation`` comes from ``generations`` anew with every merge: points sent before it are no longer these points.
    """

    __slots__ = (
        "_count", "_ema", "_generations", "_high", "_low", "_rows", "_smoothing", "_weight", "capacity", "generation",
        "last", "last_step", "logged", "nonfinite", "sealed", "stride",
    )  # fmt: skip

    def __init__(self, capacity: int, smoothing: float, generations: Callable[[], int]) -> None:
        self.capacity = capacity
        self._generations = generations
        self.generation = generations()
        self.stride = 1
        self.sealed = 0  # points that will not change any more
        self.logged = 0
        self.nonfinite = 0
        self.last = math.nan
        self.last_step = -1
        self._smoothing = smoothing
        self._weight = 0.0  # sum of the weights in the average so far, towards 1
        self._ema = math.nan
        self._rows = array("d")
        self._count = 0  # values in the point that is not full yet
        self._low = self._high = math.nan

    def append(self, step: int, value: float) -> None:
        """Adds a value. Runs in the training loop."""
        self.last, self.last_step = value, step
        self.logged += 1
        if value - value == 0.0:  # finite
            smoothing = self._smoothing
            self._weight = weight = smoothing * self._weight + (1.0 - smoothing)
            share = (1.0 - smoothing) / weight
            self._ema = self._ema * (1.0 - share) + value * share if share < 1.0 else value
            if not value >= self._low:  # also where that is NaN
                self._low = value
            if not value <= self._high:
                self._high = value
        else:
            self.nonfinite += 1
        self._count += 1
        if self._count == self.stride:
            self._rows.extend((step, self._low, self._high, self._ema))
            self._count, self._low, self._high = 0, math.nan, math.nan
            self.sealed += 1
            if self.sealed == self.capacity:
                self._merge()

    def _merge(self) -> None:
        pairs = np.frombuffer(self._rows).reshape(-1, 2, 4)
        merged = pairs[:, 1].copy()
        merged[:, 1] = np.fmin(pairs[:, 0, 1], pairs[:, 1, 1])
        merged[:, 2] = np.fmax(pairs[:, 0, 2], pairs[:, 1, 2])
        self._rows = array("d", merged.tobytes())
        self.sealed //= 2
        self.stride *= 2
        self.generation = self._generations()

    def points(self, start: int = 0) -> Points:
        """The points from index ``start`` on, the one that is not full yet included."""
        rows = self._rows[4 * start :]
        if self._count:
            rows.extend((self.last_step, self._low, self._high, self._ema))
        return np.array(rows, dtype="<f8").reshape(-1, 4)
