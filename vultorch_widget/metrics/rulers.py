"""Other measures for the chart's x axis, besides steps: seconds of the run without pauses, and epochs."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

import numpy as np

from .evenly import evenly
from .record import Room, Series

Measure = Literal["seconds", "epochs"]

MOST_ROWS = 1_024
"""Maximum rows of a ruler. Beyond that, every other row is dropped."""
EPOCH = "epoch"
"""The scalar that counts epochs."""


class Rows(NamedTuple):
    """``values`` of another measure at increasing ``steps``, with linear interpolation between them."""

    steps: tuple[int, ...]
    values: tuple[float, ...]

    def thinned(self, most: int) -> Rows:
        """At most ``most`` of the rows, evenly spaced, including the first and the last."""
        if len(self.steps) <= most:
            return self
        chosen = evenly(len(self.steps), most)
        return Rows(tuple(self.steps[at] for at in chosen), tuple(self.values[at] for at in chosen))

    def bytes(self) -> bytes:
        """float64 little-endian rows of step and value, for pages."""
        rows: bytes = np.array([self.steps, self.values], "<f8").T.tobytes()
        return rows


class Ruler:
    """The rows of one measure. ``generation`` increases whenever rows that pages have may be gone."""

    def __init__(self) -> None:
        self.generation = 0
        self._steps = array("q")
        self._values = array("d")

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def last(self) -> tuple[int, float]:
        """Step and value of the last row."""
        return self._steps[-1], self._values[-1]

    def add(self, step: int, value: float) -> None:
        """Adds a row, unless step or value does not increase: lookups on such a ruler would be ambiguous."""
        if self._steps and not (step > self._steps[-1] and value >= self._values[-1]):
            return
        self._steps.append(step)
        self._values.append(value)
        if len(self._steps) > MOST_ROWS:
            self.replace(Rows(tuple(self._steps[::2]), tuple(self._values[::2])))

    def replace(self, rows: Rows) -> None:
        """Replaces all rows."""
        self.generation += 1
        self._steps, self._values = array("q", rows.steps), array("d", rows.values)

    def cut(self, step: int) -> None:
        """Drops the rows after ``step``."""
        count = bisect_right(self._steps, step)
        if count < len(self._steps):
            self.generation += 1
            del self._steps[count:], self._values[count:]

    def rows(self, start: int = 0) -> Rows:
        """The rows from index ``start`` on."""
        return Rows(tuple(self._steps[start:]), tuple(self._values[start:]))


class Rulers:
    """The rulers of a view's present run."""

    def __init__(self, record: Room) -> None:
        self._record = record
        self._rulers: dict[Measure, Ruler] = {"seconds": Ruler(), "epochs": Ruler()}
        self._since = 0.0  # seconds of the view when the run was at 0 s
        self._epochs: Series | None = None
        self._seen = 0  # values of it so far, including dropped ones

    def begin(self, seconds: float) -> None:
        """Begins a new run, when the view is at ``seconds``."""
        for ruler in self._rulers.values():
            ruler.replace(Rows((), ()))
        self._since = seconds

    def tick(self, step: int, seconds: float) -> None:
        """Notes that the run reaches ``step`` when the view is at ``seconds``."""
        ruler = self._rulers["seconds"]
        if not len(ruler):
            ruler.add(0, 0.0)
        ruler.add(step, seconds - self._since)

    def snapshot(self, most: int = MOST_ROWS) -> dict[Measure, Rows]:
        """The rows of all useful rulers: those with at least two rows."""
        self._look_at_epochs()
        return {name: ruler.rows().thinned(most) for name, ruler in self._rulers.items() if len(ruler) > 1}

    def go_back(self, rows: Mapping[Measure, Rows], step: int, seconds: float) -> None:
        """Goes back to ``step`` of a branch with these ``rows``, when the view is at ``seconds``."""
        ruler = self._rulers["seconds"]
        ruler.replace(rows.get("seconds", Rows((), ())))
        ruler.cut(step)
        self._since = seconds - (ruler.last[1] if len(ruler) else 0.0)

    def news(self, known: dict[Measure, tuple[int, int]]) -> Iterator[tuple[Measure, int, Rows]]:
        """What a consumer lacks: (measure, start, rows). The rows replace all that it has from index ``start`` on.

        ``known`` holds the generation and the number of rows that it has of each, and is updated.
        """
        self._look_at_epochs()
        for name, ruler in self._rulers.items():
            generation, count = known.get(name, (-1, 0))
            start = count if generation == ruler.generation else 0
            if (generation, count) != (ruler.generation, len(ruler)) and (len(ruler) or count):
                yield name, start, ruler.rows(start)
            known[name] = ruler.generation, len(ruler)

    def _look_at_epochs(self) -> None:
        """Reads new values of the logged epochs: the first step of each."""
        series, ruler = self._record.series.get(EPOCH), self._rulers["epochs"]
        if series is not self._epochs:
            self._epochs, self._seen = series, 0
            ruler.replace(Rows((), ()))
        if series is None:
            return
        begin = max(0, self._seen - series.dropped)
        self._seen = series.dropped + len(series.steps)
        for step, value in zip(series.steps[begin:], series.values[begin:], strict=True):
            if np.isfinite(value) and not (len(ruler) and value <= ruler.last[1]):
                ruler.add(step, value)
