"""The history of control values, in bounded memory."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..basics.spacing import on_scale
from ..controls.kinds import KINDS
from ..controls.plot_curves import thinned
from ..protocol.controls import Curve, NetworkRow
from .key_frames import Controls, KeyFrame

MOST = 2000
"""Maximum changes of settable values; also, separately, of display-only controls."""
SETTLED = 0.02
"""A change counts as lasting if the next one of its control is this far away by `on_scale`: 2% of its step."""
MOST_SHOWN = 1 << 20
"""Maximum characters, as JSON, of all changes of display-only controls: texts, progress bars and plots."""
PLOT_POINTS = 128
"""Maximum points of one curve of a plot, at each key frame."""
NETWORK_ROWS = 16
"""Maximum layers of a network, at each key frame: those that look worst."""
MOST_TEXT = 2000
"""Maximum characters of a value as JSON. Longer texts are cut; other longer values are ignored."""


Key = tuple[str, str]
"""A control: panel and id."""


class Change(NamedTuple):
    """From ``step`` on, a control of a panel showed ``value`` (any JSON value)."""

    step: int
    panel: str
    control: str
    value: Any


class ControlHistory:
    """Changes of the values that the user or the program can set.

    Keeps at most ``most`` changes. Beyond that, it drops those that another change of the same control soon followed:
    dragging a slider makes hundreds. As with key frames, "soon" becomes longer with the step.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.initial: dict[Key, Any] = {}
        self.kept: list[Change] = []
        self.version = 0  # increases with every change of `kept`
        self._known: dict[Key, Any] = {}

    def observe(self, step: int, controls: Controls) -> list[Key]:
        """Records what changed in ``controls`` since the last call. Returns (panel, id) of each changed control.

        A new control does not count as changed: its value is recorded as the initial one.
        """
        changed = [
            (panel, spec.id)
            for panel, specs in controls.items()
            for spec in specs
            if (value := getattr(spec, "value", None)) is not None and self._take(step, panel, spec.id, value)
        ]
        if len(self.kept) > self.most:
            self._thin()
        return changed

    def _take(self, step: int, panel: str, control: str, value: Any) -> bool:
        key = panel, control
        if key not in self._known:
            if len(self.initial) < self.most:
                self.initial[key] = self._known[key] = value
            return False
        if self._known[key] == value or len(json.dumps(value)) > MOST_TEXT:
            return False
        self._known[key] = value
        if self.kept and (last := self.kept[-1]).step == step and (last.panel, last.control) == key:
            self.kept.pop()  # only the last change within a step counts
        self.kept.append(Change(step, panel, control, value))
        self.version += 1
        return True

    def settled(self, most: int) -> list[Change]:
        """The newest changes; see the function `settled`."""
        return settled(self.kept, most)

    def _thin(self) -> None:
        """Drops at least a quarter of the changes: those that another change of the control followed soonest."""
        gap = (on_scale(self.kept[-1].step) - on_scale(self.kept[0].step)) / self.most
        while len(self.kept) > 3 * self.most // 4 and gap < on_scale(self.kept[-1].step) + 1:
            self.kept = _apart(self.kept, gap)
            gap = 2 * gap or 1.0
        self.kept = self.kept[-self.most :]

    def replace(self, changes: Iterable[Change]) -> None:
        """Replaces all changes. What controls show now counts as changed if it differs from the last of these."""
        self.kept = list(changes)
        self.version += 1
        self._known = dict(self.initial)
        for change in self.kept:
            self._known[change.panel, change.control] = change.value

    def clear(self) -> None:
        """Drops all changes. The current values become the initial values of the next run."""
        self.initial = dict(self._known)
        self.kept.clear()
        self.version += 1


def settled(changes: Sequence[Change], most: int) -> list[Change]:
    """The newest of ``changes``, at most ``most``, without those that another of the same control soon followed."""
    return _apart(changes, SETTLED)[-most:]


def _apart(changes: Sequence[Change], gap: float) -> list[Change]:
    """The changes that lasted for at least ``gap`` by `on_scale`, and the newest change of each control."""
    following: dict[Key, float] = {}
    kept = []
    for change in reversed(changes):
        key, at = (change.panel, change.control), on_scale(change.step)
        if following.get(key, math.inf) - at >= gap:
            kept.append(change)
            following[key] = at
    return kept[::-1]


def shown_changes(frames: Sequence[KeyFrame]) -> list[Change]:
    """The changes of texts, progress bars and plots from one of ``frames`` to the next.

    Returns at most `MOST` changes with `MOST_SHOWN` characters. If there are more, it compares fewer frames.
    """
    first = contents(frames[0].controls, settable=False) if frames else {}
    (changes,) = _within_bounds([(frames, first)], settable=False)
    return changes


def changes_along(lines: Sequence[tuple[Sequence[KeyFrame], Mapping[Key, Any]]]) -> list[list[Change]]:
    """The changes of all controls from one frame to the next of each line. Before a line's first frame, controls are as
    in the mapping beside it.

    All lines together are within the bounds of `shown_changes`.
    """
    return _within_bounds(lines, settable=True)


def _within_bounds(
    lines: Sequence[tuple[Sequence[KeyFrame], Mapping[Key, Any]]], *, settable: bool
) -> list[list[Change]]:
    longest = max((len(frames) for frames, _ in lines), default=0)
    stride = 1
    while True:
        found = [_changed(frames, before, stride, settable=settable) for frames, before in lines]
        many = sum(map(len, found))
        small = sum(len(json.dumps(change.value)) for changes in found for change in changes) <= MOST_SHOWN
        if (small and many <= MOST) or stride >= longest:
            return [changes[-MOST // len(lines) :] for changes in found] if many > MOST else found
        stride *= 2


def _changed(frames: Sequence[KeyFrame], before: Mapping[Key, Any], stride: int, *, settable: bool) -> list[Change]:
    changes, known = [], dict(before)
    for frame in [*frames[:-1:stride], *frames[-1:]]:
        for key, value in contents(frame.controls, settable=settable).items():
            if known.get(key) != value:
                known[key] = value
                changes.append(Change(frame.step, *key, value))
    return changes


def contents(controls: Controls, *, settable: bool) -> dict[Key, Any]:
    """What each control of ``controls`` shows, in the form of a `Change`; only settable ones if ``settable``."""
    shown: dict[Key, Any] = {}
    for panel, specs in controls.items():
        for spec in specs:
            kind = KINDS[spec.kind]
            if not kind.followed or (kind.has_value and not settable):
                continue
            fields = {name: _shortened(getattr(spec, name)) for name in kind.followed}
            shown[panel, spec.id] = fields if len(fields) > 1 else next(iter(fields.values()))
    return shown


def _shortened(value: Any) -> Any:
    """``value`` with at most `MOST_TEXT` characters, `PLOT_POINTS` points of a curve, or `NETWORK_ROWS` layers."""
    if isinstance(value, str):
        return value[:MOST_TEXT]
    if isinstance(value, tuple) and any(isinstance(part, Curve) for part in value):
        return [{"name": c.name, "values": _brief(c.values), "length": c.length} for c in value]
    if isinstance(value, tuple) and any(isinstance(part, NetworkRow) for part in value):
        return [dict(row.__dict__) for row in value[:NETWORK_ROWS]]
    return value


def _brief(values: tuple[float | None, ...]) -> list[float | None]:
    """At most `PLOT_POINTS` of ``values``, rounded to the digits that a small plot can show."""
    points = thinned(np.array([math.nan if value is None else value for value in values], np.float64), PLOT_POINTS)
    return [float(f"{value:.4g}") if math.isfinite(value) else None for value in points.tolist()]
