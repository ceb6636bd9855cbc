"""Curves of abandoned branches and of other runs, which stay in the chart as pale lines."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import numpy as np

from .evenly import evenly
from .record import Series, Stretch
from .rulers import Measure, Rows

MOST_POINTS = 256
"""Maximum points of one ghost."""
MOST_GHOSTS = 100
"""Maximum ghosts of branches, and of other runs. Beyond that, the oldest are left out."""
MOST_EARLIER = 4
"""Maximum number of this notebook's earlier runs that are kept."""
MOST_CONTROLS = 64
"""Maximum number of controls whose values are kept for one run."""
MOST_TEXT = 200
"""Maximum characters kept of a control's label or value."""

Kind = Literal["branch", "run", "file"]
_NUMBERED = re.compile("run ([1-9][0-9]{0,8})")
NOTHING: Mapping[Any, Any] = MappingProxyType({})


class Ghost(NamedTuple):
    """A part of the scalar ``series`` in the branch or run ``branch``: the values at some steps, NaN where not
    finite.
    """

    branch: str
    series: str
    steps: tuple[int, ...]
    values: tuple[float, ...]

    def rows(self) -> bytes:
        """The points for pages: see `GhostCurve`."""
        points: bytes = np.array([self.steps, self.values], "<f8").T.tobytes()
        return points


class GhostRun(NamedTuple):
    """The branch or run that the ghosts of one ``name`` belong to: a ``branch`` of this run, an earlier ``run``, or one
    from a ``file``.

    ``began`` is in seconds since the epoch, 0 if unknown. ``controls`` has the values at the end, by label.
    """

    name: str
    kind: Kind
    began: float = 0.0
    controls: Mapping[str, Any] = NOTHING
    rulers: Mapping[Measure, Rows] = NOTHING


class Ghosts:
    """The ghosts of a view. ``version`` increases with every change."""

    def __init__(self) -> None:
        self.version = 0
        self._branches: tuple[list[Ghost], list[GhostRun]] = [], []
        self._others: dict[str, tuple[GhostRun, list[Ghost]]] = {}
        self.names = 0  # how many earlier runs have been named
        self.handed = False
        """Whether a page has handed over what an earlier kernel has left."""
        self.branches: set[str] = set()
        """Names given to branches, including the present one: no other run may have one of them."""

    @property
    def curves(self) -> list[Ghost]:
        """All curves: those of other runs, then those of branches, newest last."""
        others = [curve for _, curves in self._others.values() for curve in curves]
        return others[-MOST_GHOSTS:] + self._branches[0]

    @property
    def runs(self) -> list[GhostRun]:
        """What the curves belong to, in the same order."""
        return [run for run, _ in self._others.values()] + self._branches[1]

    @property
    def others(self) -> list[GhostRun]:
        """The runs that are not branches."""
        return [run for run, _ in self._others.values()]

    def put(self, curves: Iterable[Ghost], runs: Iterable[GhostRun] = ()) -> None:
        """Replaces the ghosts of branches."""
        found = list(curves)[-MOST_GHOSTS:], list(runs)
        if found != self._branches:
            self._branches = found
            self.version += 1

    def add(self, run: GhostRun, curves: Sequence[Ghost]) -> None:
        """Adds another run, or replaces the one with the same name. The oldest earlier run makes way if there are too
        many.
        """
        self._others.pop(run.name, None)
        earlier = [name for name, (one, _) in self._others.items() if one.kind == "run"]
        if run.kind == "run" and len(earlier) >= MOST_EARLIER:
            del self._others[earlier[0]]
        self._others[run.name] = run, list(curves)[:MOST_GHOSTS]
        self.version += 1

    def join(self, name: str, curves: Sequence[Ghost]) -> bool:
        """Adds ``curves`` to another run. Returns whether it exists and had none of their scalars."""
        run, known = self._others.get(name, (None, []))
        if run is None or {curve.series for curve in known} & {curve.series for curve in curves}:
            return False
        self._others[name] = run, [*known, *curves][:MOST_GHOSTS]
        self.version += 1
        return True

    def remove(self, name: str) -> None:
        """Removes another run; does nothing if there is none of this name."""
        if self._others.pop(name, None) is not None:
            self.version += 1

    def precede(self, runs: Iterable[tuple[GhostRun, Sequence[Ghost]]]) -> None:
        """Puts ``runs`` of an earlier kernel, the oldest first, before the earlier runs that there are.

        They keep their names where these are free and not empty. Of all earlier runs, the newest `MOST_EARLIER` stay.
        """
        before, self._others = self._others, {}
        given = list(runs)
        self.names = max(self.names, *(_number(run.name) for run, _ in given), 0)
        for run, curves in given:
            taken = not run.name or run.name in before or self.is_taken(run.name)
            name = self._free(before) if taken else run.name
            self.add(run._replace(name=name), [curve._replace(branch=name) for curve in curves])
        for run, curves in before.values():
            self.add(run, curves)

    def _free(self, before: Mapping[str, Any]) -> str:
        while (name := self.next_name()) in before:
            pass
        return name

    def inherit(self, other: Ghosts) -> None:
        """Takes over the earlier runs of the previous view."""
        self.names = max(self.names, other.names)
        self.handed = self.handed or other.handed
        for run, curves in other._others.values():
            if run.kind == "run":
                self.add(run, curves)

    def next_name(self) -> str:
        """A name for an earlier run."""
        while True:
            self.names += 1
            if not self.is_taken(name := f"run {self.names}"):
                return name

    def is_taken(self, name: str) -> bool:
        """Returns whether a branch or another run has this name."""
        return name in self.branches or name in self._others


def _number(name: str) -> int:
    """The number in the name of an earlier run, 0 if it has another name."""
    found = _NUMBERED.fullmatch(name)
    return int(found[1]) if found else 0


def ghost(branch: str, series: str, stretch: Stretch | Series) -> Ghost:
    """The ghost of a stretch: evenly spaced points of it, including the first and the last."""
    chosen = evenly(len(stretch.steps), MOST_POINTS)
    return Ghost(branch, series, tuple(stretch.steps[at] for at in chosen), tuple(stretch.values[at] for at in chosen))


def settings(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The values of controls by label, limited in number and size. If controls share a label, the first one counts."""
    found: dict[str, Any] = {}
    for label, value in values:
        if len(found) >= MOST_CONTROLS:
            break
        if label and len(label) <= MOST_TEXT and _is_small(value):
            found.setdefault(label, value)
    return found


def _is_small(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= MOST_TEXT
    if isinstance(value, (list, tuple)):
        return len(value) <= 4 and all(isinstance(part, (int, float)) and math.isfinite(part) for part in value)
    return isinstance(value, (bool, int)) or (isinstance(value, float) and math.isfinite(value))
