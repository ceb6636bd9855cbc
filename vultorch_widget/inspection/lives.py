"""The values of pinned texels over a run, in bounded memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..metrics import Cursor, History
from ..metrics.history import Points
from ..metrics.patches import patches
from .texels import Number

CAPACITY = 512
"""Maximum points kept per channel. Beyond that, neighbours are merged; see `History`."""


@dataclass(frozen=True, slots=True)
class Life:
    """The values of a texel since it was pinned.

    Attributes:
        steps: (n,) int64, increasing: the logged step, or the frame if nothing is logged.
        values: (n, channels) float64: the values at those steps; NaN also for infinities.

    """

    steps: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]


Place = tuple[str, int, int]
"""A texel: canvas id, x and y."""
Channel = tuple[str, int, int, int]
"""One channel of a texel."""


class Lives:
    """The values of texels over the steps of a run, by texel and channel."""

    def __init__(self) -> None:
        self._generations = itertools.count().__next__
        self._histories: dict[Place, list[History]] = {}
        self._step = -1

    def keep(self, texels: set[tuple[int, int]]) -> None:
        """Forgets all texels except those at these columns and rows, in any canvas."""
        self._histories = {place: some for place, some in self._histories.items() if place[1:] in texels}

    def add(self, step: int, values: Iterable[tuple[Place, tuple[Number, ...]]]) -> None:
        """Adds the values of texels at ``step``. An earlier step than the last starts everything over: the run was
        reset.
        """
        if step < self._step:
            self._histories.clear()
        if step != self._step:
            for place, numbers in values:
                histories = self._histories.get(place)
                if histories is None or len(histories) != len(numbers):
                    histories = self._histories[place] = [History(CAPACITY, self._generations) for _ in numbers]
                for history, number in zip(histories, numbers, strict=True):
                    history.append(step, float(number))
        self._step = step

    def of(self, place: Place) -> Life | None:
        """The values of one texel, or None if it is not known."""
        histories = self._histories.get(place)
        if histories is None:
            return None
        points = [history.points() for history in histories]
        return Life(points[0][:, 0].astype(np.int64), np.stack([some[:, -1] for some in points], axis=1))

    def patches(self, cursors: dict[Channel, Cursor]) -> list[tuple[Channel, int, Points]]:
        """What a consumer lacks, as in `Metrics.patches`, by texel and channel."""
        present = {
            (*place, channel): history
            for place, histories in self._histories.items()
            for channel, history in enumerate(histories)
        }
        return patches(present, cursors)
