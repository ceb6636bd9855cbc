"""Logged scalars as they stand in a replay: steps, values (the least and the greatest of each stretch among them), and
the moving average.
"""

from __future__ import annotations

import math
from typing import TypedDict

from ..metrics.history import Points, merged

MOST_POINTS = 32_768
"""Points of all scalars together."""
LEAST_POINTS = 16
_DIGITS = 6  # significant ones of an average


class Series(TypedDict):
    """Rising ``steps``, and a value at each; None where nothing finite was logged. Where one point stands for several
    steps it is known what was reached, not where in between. ``averages`` are the moving averages of all that was
    logged (`metrics.average`), which the values that are kept would not give; None before the first finite value.
    """

    steps: list[int]
    values: list[float | None]
    averages: list[float | None]


def build(histories: dict[str, Points], latest: dict[str, float]) -> dict[str, Series]:
    """The series of each of ``histories``, (step, low, high, average, last) rows, ending with the ``latest`` value.

    Of more scalars than fit there are fewer points each, and of more than fit so, the first.
    """
    chosen = dict(list(histories.items())[: MOST_POINTS // LEAST_POINTS])
    most = max(LEAST_POINTS, MOST_POINTS // max(1, len(chosen)))
    return {name: _series(points, most, latest.get(name)) for name, points in chosen.items() if len(points)}


def _series(points: Points, most: int, latest: float | None) -> Series:
    while len(points) > most:
        points = merged(points)
    series = Series(steps=[], values=[], averages=[])
    before = -1
    for index, (at, low, high, average, _) in enumerate(points.tolist()):
        last = latest if index == len(points) - 1 else None
        stretch = _stretch(low, high, last)
        for part, value in enumerate(stretch, start=1):
            series["steps"].append(before + math.ceil((at - before) * part / len(stretch)))
            series["values"].append(value)
            series["averages"].append(float(f"{average:.{_DIGITS}g}") if math.isfinite(average) else None)
        before = int(at)
    return series


def _stretch(low: float, high: float, last: float | None) -> list[float | None]:
    """What stands for the values of several steps, at as many steps: their extremes, and the ``last`` at the end."""
    if not math.isfinite(low):
        return [None]
    if last is None or not math.isfinite(last) or low == high:
        return [low] if low == high else [low, high]
    return [high, low] if last == low else [low, high] if last == high else [low, high, last]
