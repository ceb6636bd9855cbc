"""Every logged value, unchanged, for `View.history`. The chart's points summarise; these do not."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

HISTORY_VALUES = 4_194_304
"""Maximum values that a view keeps for `View.history`, of all scalars together: 64 MiB. Beyond that, the scalar with
the most values loses its older half."""


class Stretch(NamedTuple):
    """The steps and values of part of a scalar's history. A ``charted`` stretch has points in the chart. ``dropped``
    earlier values are lost.

    ``dropped`` values came before and are lost.
    """

    steps: array[int]
    values: array[float]
    charted: bool
    dropped: int = 0

    def until(self, step: int) -> Stretch:
        """The part up to ``step``."""
        count = bisect_right(self.steps, step)
        return self._replace(steps=self.steps[:count], values=self.values[:count])

    def after(self, step: int) -> Stretch:
        """The part after ``step``."""
        count = bisect_right(self.steps, step)
        return self._replace(steps=self.steps[count:], values=self.values[count:])


class Series:
    """The steps and values of one scalar, and how many older ones were ``dropped``."""

    __slots__ = ("_room", "dropped", "steps", "values")

    def __init__(self, room: Room) -> None:
        self.steps = array("q")
        self.values = array("d")
        self.dropped = 0
        self._room = room

    def add(self, step: int, value: float) -> None:
        """Adds a value, or replaces the last one if its step is the same. Runs in the training loop."""
        if self.steps and self.steps[-1] == step:
            self.values[-1] = value
            return
        self.steps.append(step)
        self.values.append(value)
        self._room.left -= 1
        if self._room.left < 0:
            self._room.free()

    def drop(self, count: int) -> None:
        """Drops the ``count`` oldest values."""
        del self.steps[:count], self.values[:count]
        self.dropped += count

    def copied(self) -> Series:
        """A copy that shares the budget."""
        made = Series(self._room)
        made.steps, made.values, made.dropped = self.steps[:], self.values[:], self.dropped
        return made

    def array(self) -> npt.NDArray[np.float64]:
        """(n, 2) float64: steps and values."""
        return np.stack([np.array(self.steps, np.float64), np.array(self.values, np.float64)], axis=1)


class Room:
    """The budget that the series of one view share."""

    def __init__(self, most: int = HISTORY_VALUES) -> None:
        self.left = self._most = most
        self.series: dict[str, Series] = {}

    def of(self, name: str) -> Series:
        """The series of this scalar, made on first use."""
        if name not in self.series:
            self.series[name] = Series(self)
        return self.series[name]

    def free(self) -> None:
        """Drops the older half of the longest series."""
        longest = max(self.series.values(), key=lambda series: len(series.steps))
        count = (len(longest.steps) + 1) // 2
        longest.drop(count)
        self.left += count

    def clear(self) -> None:
        """Drops everything."""
        self.series.clear()
        self.left = self._most

    def dropped(self) -> Iterable[tuple[str, int]]:
        """The scalars that have lost values, and how many."""
        return [(name, series.dropped) for name, series in self.series.items() if series.dropped]
