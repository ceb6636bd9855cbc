"""The branches of a run: what was logged, shown and set in each, apart from the training's state."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..checkpoints.ring import Point
from ..controls.labels import visible_label
from ..metrics.bests import Best
from ..metrics.ghosts import MOST_POINTS, Ghost, GhostRun, ghost, settings
from ..metrics.record import Stretch
from ..metrics.rulers import Measure, Rows
from ..metrics.timeline import Mark
from ..replay.control_history import Change
from ..replay.key_frames import KeyFrame
from .hand import Key


class Setting(NamedTuple):
    """From the beginning of ``frame`` on, controls had these ``values``; True can also mean a click, in this frame
    only.
    """

    frame: int
    values: Mapping[Key, Any]


class Branch:
    """One course that a run took, from where it left another.

    For a branch that leads to the present, only what came after the present left it is stored here.

    Attributes:
        name: Unique in the view.
        parent: The branch that it left, None if the run began with it.
        fork: Where it left its parent.
        end: Where the run left it; None while it is the present.
        logged: Values of every scalar after the fork. Empty while it is the present.
        settings: What controls were set to, in the order of frames.
        hand: The values of controls when the run left it.
        frames: Key frames after the fork.
        changes: Changes of controls after the fork.
        marks: Notes and alarms from the beginning to its end.
        rulers: Seconds and epochs from the beginning to its end.
        bests: The best values from the beginning to its end, by scalar.
        began: When its run began, in seconds since the epoch.
        told: False if it was only explored, so that loggers have received nothing of it.

    """

    def __init__(self, name: str, fork: Point, parent: Branch | None = None) -> None:
        self.name = name
        self.parent = parent
        self.fork = fork
        self.end: Point | None = None
        self.logged: dict[str, Stretch] = {}
        self.settings: list[Setting] = []
        self.hand: dict[Key, Any] = {}
        self.told = True
        self.frames: list[KeyFrame] = []
        self.changes: list[Change] = []
        self.marks: list[Mark] = []
        self.rulers: dict[Measure, Rows] = {}
        self.bests: dict[str, Best] = {}
        self.began = 0.0

    def line(self, last: float = math.inf) -> list[tuple[Branch, float]]:
        """The branches from the beginning to this one, and the last frame that counts in each; here ``last``."""
        before = [] if self.parent is None else self.parent.line(self.fork.frame)
        return [(branch, min(until, self.fork.frame)) for branch, until in before] + [(self, last)]

    def leaves(self, branch: Branch) -> Point:
        """Where the line to this branch leaves ``branch``, which is on it."""
        line = [one for one, _ in self.line()]
        return line[line.index(branch) + 1].fork

    def values_at(self, point: Point) -> Iterator[tuple[str, Stretch]]:
        """What was logged from the beginning up to ``point`` of this branch, each scalar in order of steps."""
        if self.parent is not None:
            yield from self.parent.values_at(self.fork)
        for name, stretch in self.logged.items():
            yield name, stretch.until(point.steps.get(name, -1))

    def run(self) -> GhostRun:
        """What pages are told about it besides its curves."""
        values = settings((visible_label(control), value) for (_, control), value in self.hand.items())
        rulers = {measure: rows.thinned(MOST_POINTS) for measure, rows in self.rulers.items()}
        return GhostRun(self.name, "branch", self.began, values, rulers)

    def ghosts(self, left_at: Point) -> Iterator[Ghost]:
        """The curves of everything after ``left_at``."""
        for name, stretch in self.logged.items():
            after = stretch.after(left_at.steps.get(name, -1))
            if after.charted and len(after.steps) > 1:
                yield ghost(self.name, name, after)


def settings_along(line: Iterable[tuple[Branch, float]]) -> list[Setting]:
    """What controls were set to along ``line``."""
    return [setting for branch, last in line for setting in branch.settings if setting.frame <= last]
