"""How long controls stay that frames do not call: one that is called in every fourth frame neither flickers nor leaves
the hand that is on it.

A control with a label stays for `FRAMES` frames and for `SECONDS`, whichever is longer; one that has come back after a
longer absence stays for twice that. It leaves at once where another takes its place: one of the same label and another
kind, or a new one of its kind, as a button does whose label counts. Text and others without a label, which are known
by their place alone, leave at once, unless they have come back before: a list that became shorter would show its last
lines twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from ..protocol.controls import Control

FRAMES = 8
SECONDS = 1.0
MOST_FRAMES = 16
"""A longer absence, in frames, was meant, if it took `MEANT` seconds as well: a hand has hidden the control."""
MEANT = 2.0
MOST_REMEMBERED = 1000
BY_PLACE = tuple(
    message.__dataclass_fields__["kind"].default
    for message in get_args(Control)
    if "label" not in message.__dataclass_fields__
)
"""The kinds that have no label."""


@dataclass(slots=True)
class _Absence:
    """Since when a control was not called: which frame, and seconds."""

    frame: int
    at: float


class Absences:
    """Which controls stay, by their ids. ``clock`` is in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._frames = 0
        self._missing: dict[str, _Absence] = {}  # those that stay, then some that have left
        self._longest: dict[str, int] = {}  # frames that one was absent before it came back

    def frame(self, drawn: Mapping[str, object], shown: Mapping[str, object]) -> set[str]:
        """A frame has called ``drawn``; before, ``shown`` were on the page. Returns those that stay without a call."""
        self._frames += 1
        if drawn.keys() == shown.keys() and self._missing.keys().isdisjoint(drawn):
            return set()
        now = self._clock()
        for ident in self._missing.keys() & drawn.keys():
            self._came_back(ident, now)
        absent = [ident for ident in shown if ident not in drawn]
        for ident in absent:
            self._missing.setdefault(ident, _Absence(self._frames, now))
        labels = {_label(ident) for ident in drawn}
        kinds = {_kind(ident) for ident in drawn if ident not in shown}
        staying = {
            ident
            for ident in absent
            if (_kind(ident) in BY_PLACE or _label(ident) not in labels)
            and (ident in self._longest or (_kind(ident) not in kinds and _kind(ident) not in BY_PLACE))
            and self._is_short(ident, now)
        }
        self._forget(staying)
        return staying

    def _came_back(self, ident: str, now: float) -> None:
        absence = self._missing.pop(ident)
        frames = self._frames - absence.frame
        if frames <= MOST_FRAMES or (now - absence.at < MEANT and _kind(ident) not in BY_PLACE):
            self._longest[ident] = max(frames, self._longest.get(ident, 0))

    def _is_short(self, ident: str, now: float) -> bool:
        absence = self._missing[ident]
        frames, longest = self._frames - absence.frame, 2 * self._longest.get(ident, 0)
        if _kind(ident) in BY_PLACE:
            return frames < longest
        return frames < max(FRAMES, longest) or now - absence.at < SECONDS

    def _forget(self, staying: Iterable[str]) -> None:
        """Bounds what is remembered of those that have left."""
        for known in (self._missing, self._longest):
            for ident in [ident for ident in known if ident not in staying][:-MOST_REMEMBERED]:
                del known[ident]


def _kind(ident: str) -> str:
    return ident.partition(":")[0]


def _label(ident: str) -> str:
    return ident.partition(":")[2]
