"""Columns of histograms over a run of unknown length, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .bins import MISSING, QUANTITIES

MOST_COLUMNS = 32
"""Maximum columns of a strip, evenly spaced over the run."""


class _Column(NamedTuple):
    number: int  # how many columns were added before it
    step: int
    cells: dict[str, tuple[str, ...]]  # by layer, in the order of `QUANTITIES`


class Strips:
    """All added columns, thinned evenly once there are too many. The newest always stays."""

    def __init__(self) -> None:
        self._columns: list[_Column] = []
        self._every = 1  # the columns that stay have numbers that are multiples of this

    def add(self, step: int, cells: dict[str, tuple[str, ...]]) -> None:
        """Adds the columns of ``step``. Columns of later steps are dropped: the run went back or started over."""
        number = self._columns[-1].number + 1 if self._columns else 0
        if self._columns and self._columns[-1].step >= step:
            self._columns = [column for column in self._columns if column.step < step]
            number = self._columns[-1].number + 1 if self._columns else 0
        elif self._columns and self._columns[-1].number % self._every:
            self._columns.pop()  # it was only kept as the newest
        self._columns.append(_Column(number, step, cells))
        if len(self._columns) > MOST_COLUMNS:
            self._every *= 2
            newest = self._columns.pop()
            self._columns = [column for column in self._columns if column.number % self._every == 0] + [newest]

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps of the columns, increasing."""
        return tuple(column.step for column in self._columns)

    def of(self, layer: str) -> Sequence[str]:
        """The strips of a layer, in the order of `QUANTITIES`; empty if nothing was ever measured."""
        missing = (MISSING,) * len(QUANTITIES)
        rows = [column.cells.get(layer, missing) for column in self._columns]
        strips = ["".join(row[which] for row in rows) for which in range(len(QUANTITIES))]
        return [strip if strip.strip(".") else "" for strip in strips]
