"""What happens in a run that its replay should show: a control that is moved, and a logged value that jumps."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

SETTLED = 0.5
"""Seconds without a change after which a control is taken to have been let go."""
WARM_UP = 10
"""Values of a scalar before one of them can be a jump."""
FAR = 8.0
"""How many times as far from the mean as usual a value is that jumps."""
LEAST = 1e-3
"""Part of the mean below which no difference is a jump: what stands still has no usual distance."""
WEIGHT = 0.1
"""Weight of a new value in the mean and in the usual distance from it."""

Key = tuple[str, str]


@dataclass(slots=True)
class _Course:
    """How one scalar goes: ``logged`` values, their moving mean, and how far from it they usually are."""

    logged: int = 0
    seen: int = 0
    mean: float = 0.0
    spread: float = 0.0
    finite: bool = True

    def jumps(self, value: float) -> bool:
        """Whether ``value``, the newest, is far from what came before. The first that is not finite is."""
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
    """Tells when something happened. ``now`` is in seconds of the run.

    Of a control that is dragged, or set in every frame by the program, the first change counts and where it comes to
    rest: what lies between is too much for a replay.
    """

    def __init__(self) -> None:
        self._moved: dict[Key, float] = {}  # when each control that is being moved was changed last
        self._courses: dict[str, _Course] = {}

    def change(self, keys: Iterable[Key], now: float) -> bool:
        """Whether the values of these controls, which have changed, are an event."""
        begun = False
        for key in keys:
            begun = begun or key not in self._moved
            self._moved[key] = now
        return begun

    def look(self, now: float, scalars: Iterable[tuple[str, int, float]]) -> bool:
        """Whether a control has come to rest since the last look, or one of ``scalars`` jumped: (name, how many values
        were logged, the last one).
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
        """Forgets the values: the run begins again."""
        self._courses.clear()
