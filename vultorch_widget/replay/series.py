"""The logged scalars of a replay: steps, values and moving averages.

Where points are thinned, the smallest and the largest value of each interval are kept.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypedDict

from ..metrics.history import Points, merged

MOST_POINTS = 32_768
"""Maximum points of all scalars together."""
LEAST_POINTS = 16
_DIGITS = 6  # significant digits of an average


class Series(TypedDict):
    """Increasing ``steps`` with a value at each, or None if nothing finite was logged there.

    If one point represents several steps, its extremes are exact but their steps are not. ``averages`` are the moving
    averages of all logged values (`metrics.average`), since they cannot be computed from the kept ones. They are None
    before the first finite value.
    """

    steps: list[int]
    values: list[float | None]
    averages: list[float | None]


class ChannelLife(NamedTuple):
    """What one channel of a pinned texel held: a value at each of the increasing ``steps``, or None if not finite."""

    canvas: str
    x: int
    y: int
    channel: int
    steps: list[int]
    values: list[float | None]


def life(canvas: str, x: int, y: int, channel: int, points: Points) -> ChannelLife:
    """Builds the life of a channel from rows of (step, low, high, average, last)."""
    steps = [int(step) for step in points[:, 0].tolist()]
    values = [value if math.isfinite(value) else None for value in points[:, -1].tolist()]
    return ChannelLife(canvas, x, y, channel, steps, values)


def build(histories: dict[str, Points], latest: dict[str, float]) -> dict[str, Series]:
    """Builds the series of each of ``histories``, rows of (step, low, high, average, last), ending with ``latest``.

    With many scalars, each gets fewer points. If even `LEAST_POINTS` each do not fit, only the first scalars are kept.
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
    """One to three values that represent an interval of steps: its extremes, ending with ``last`` if that is known."""
    if not math.isfinite(low):
        return [None]
    if last is None or not math.isfinite(last) or low == high:
        return [low] if low == high else [low, high]
    return [high, low] if last == low else [low, high] if last == high else [low, high, last]
