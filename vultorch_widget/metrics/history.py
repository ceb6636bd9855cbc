"""The history of one scalar in bounded memory. However long it gets, extremes and average stay exact."""

from __future__ import annotations

import copy
import math
from array import array
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from .average import Average
from .record import Series

Points = npt.NDArray[np.float64]
"""float64 little-endian (n, 5): step, low, high, average and last, as described in `SeriesPatch`."""
COLUMNS = 5


class History:
    """The points of one scalar. Each summarises ``stride`` values: the last step, the minimum and maximum, the
    `Average` after the last step, and the last value.

    Once there are ``capacity`` (even) points, neighbours are merged and ``stride`` doubles. The smallest and the
    largest value ever logged are always kept exactly, and merging does not change the average, which includes every
    value. Values that are not finite are counted in ``nonfinite`` and affect neither extremes nor average; a point
    without finite values is NaN. A point's last value is NaN if it is not finite.

    Each merge takes a new ``generation`` from ``generations``: points sent earlier are then obsolete.
    """

    __slots__ = (
        "_average", "_count", "_generations", "_high", "_low", "_record", "_rows", "_undo", "capacity", "fell",
        "generation", "last", "last_step", "logged", "look", "nonfinite", "sealed", "stride",
    )  # fmt: skip

    fell: Callable[[int, float, float], None] | None
    """Called with the step and value of a non-finite value, and the value before it (NaN if there is none)."""
    look: Callable[[int, float, float], None] | None
    """Called with the step and value of a finite value, and the average after it."""

    def __init__(self, capacity: int, generations: Callable[[], int], record: Series | None = None) -> None:
        self.fell = self.look = None
        self.capacity = capacity
        self._generations = generations
        self._record = record
        self.generation = generations()
        self.stride = 1
        self.sealed = 0  # points that will no longer change
        self.logged = 0
        self.nonfinite = 0
        self.last = math.nan
        self.last_step = -1
        self._average = Average()
        self._rows = array("d")
        self._count = 0  # values in the unfinished point
        self._low = self._high = math.nan
        self._undo = self._average.state, math.nan, math.nan  # the state before the last value

    def append(self, step: int, value: float) -> None:
        """Adds a value, or replaces the last one if its step is the same. Runs in the training loop."""
        if step == self.last_step:
            self._take_back()
        elif self._count == self.stride:
            self._seal()
        self._undo = self._average.state, self._low, self._high
        before, self.last, self.last_step = self.last, value, step
        self.logged += 1
        if self._record is not None:
            self._record.add(step, value)
        finite = value - value == 0.0
        if finite:
            self._average.add(step, value)
            if not value >= self._low:  # also true if that is NaN
                self._low = value
            if not value <= self._high:
                self._high = value
            if self.look is not None:
                self.look(step, value, self._average.value)
        else:
            self.nonfinite += 1
            if self.fell is not None:
                self.fell(step, value, before)
        self._count += 1

    def copied(self, record: Series | None) -> History:
        """A copy that goes on independently, in ``record``. Points already sent from this one are obsolete for the
        copy.
        """
        made = copy.copy(self)
        made._rows, made._average, made._record = self._rows[:], copy.copy(self._average), record
        made.generation = self._generations()
        return made

    def _take_back(self) -> None:
        """Removes the last value. It is always in the unfinished point, even if that is full."""
        self._average.state, self._low, self._high = self._undo
        self._count -= 1
        if not math.isfinite(self.last):
            self.nonfinite -= 1

    def _seal(self) -> None:
        """Finishes the unfinished point, because its last value can no longer be replaced."""
        last = self.last if math.isfinite(self.last) else math.nan
        self._rows.extend((self.last_step, self._low, self._high, self._average.value, last))
        self._count, self._low, self._high = 0, math.nan, math.nan
        self.sealed += 1
        if self.sealed == self.capacity:
            self._merge()

    def _merge(self) -> None:
        points = np.frombuffer(self._rows).reshape(-1, COLUMNS)
        self._rows = array("d", merged(points).tobytes())
        self.sealed //= 2
        self.stride *= 2
        self.generation = self._generations()

    def points(self, start: int = 0) -> Points:
        """The points from index ``start`` on, including the unfinished one."""
        rows = self._rows[COLUMNS * start :]
        if self._count and start <= self.sealed:
            last = self.last if math.isfinite(self.last) else math.nan
            rows.extend((self.last_step, self._low, self._high, self._average.value, last))
        return np.array(rows, dtype="<f8").reshape(-1, COLUMNS)


def merged(points: Points) -> Points:
    """Merges neighbouring points in pairs, with the minimum and maximum of both."""
    if len(points) % 2:
        points = np.vstack([points, points[-1:]])
    pairs = points.reshape(-1, 2, COLUMNS)
    merged: Points = pairs[:, 1].copy()
    merged[:, 1] = np.fmin(pairs[:, 0, 1], pairs[:, 1, 1])
    merged[:, 2] = np.fmax(pairs[:, 0, 2], pairs[:, 1, 2])
    return merged
