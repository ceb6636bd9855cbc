"""Detects the events that a replay should show: a control is moved, or a logged value jumps."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

SETTLED = 0.5
"""Seconds without a change after which a control counts as settled."""
WARM_UP = 10
"""Values of a scalar before one can count as a jump."""
FAR = 8.0
"""A jump is more than this many times the usual distance from the mean."""
LEAST = 1e-3
"""Fraction of the mean that a jump must exceed: for a constant scalar the usual distance is zero."""
WEIGHT = 0.1
"""Weight of a new value in the moving mean and in the usual distance from it."""

Key = tuple[str, str]


@dataclass(slots=True)
class _Course:
    """The course of one scalar: how many values were logged, their moving mean, and their usual distance from it."""

    logged: int = 0
    seen: int = 0
    mean: float = 0.0
    spread: float = 0.0
    finite: bool = True

    def jumps(self, value: float) -> bool:
        """Adds ``value``. Returns True if it is far from the previous ones, or the first that is not finite."""
        was_finite, self.finite = self.finite, math.isfinite(value)
        if not self.finite:
            return was_finite
        distance = abs(value - self.mean) if self.seen else 0.0
        far = self.seen >= WARM_UP and distance > FAR * self.spread + LEAST * abs(self.mean)
        self.mean = self.mean + WEIGHT * (value - self.mean) if self.seen else value
        self.spread += WEIGHT * (distance - self.spread)
        self.seen += 1
        return far


class Events:
    """Detects when something happened. ``now`` is in seconds of the run.

    If a control is dragged, or set by the program in every frame, only the first change and the settled value count:
    everything in between would be too much for a replay.
    """

    def __init__(self) -> None:
        self._moved: dict[Key, float] = {}  # controls being moved: time of the last change
        self._courses: dict[str, _Course] = {}

    def change(self, keys: Iterable[Key], now: float) -> bool:
        """Records that these controls changed. Returns True if one of them was settled before: that is an event."""
        begun = False
        for key in keys:
            begun = begun or key not in self._moved
            self._moved[key] = now
        return begun

    def look(self, now: float, scalars: Iterable[tuple[str, int, float]]) -> bool:
        """True if a control has settled since the last call, or one of ``scalars`` jumped.

        Each scalar is (name, number of logged values, last value).
        """
        settled = [key for key, at in self._moved.items() if now - at >= SETTLED]
        for key in settled:
            del self._moved[key]
        jumped = False
        for name, logged, value in scalars:
            course = self._courses.setdefault(name, _Course())
            if logged != course.logged:
                course.logged = logged
                jumped = course.jumps(value) or jumped
        return jumped or bool(settled)

    def clear(self) -> None:
        """Drops the scalars' values, for a new run."""
        self._courses.clear()
