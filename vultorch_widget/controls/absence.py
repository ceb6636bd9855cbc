"""How long a control stays when frames do not call it. A control called only in every fourth frame should neither
flicker nor disappear while the user drags it.

A control with a label stays for `FRAMES` frames or `SECONDS`, whichever is longer. If it has come back after a longer
absence, it stays for twice that absence. It leaves at once when another control replaces it: one with the same label
and another kind, or a new one of its kind, such as a button whose label contains a counter.

Text and other controls without a label are identified only by their place. They leave at once, because a list that
became shorter would otherwise show its last lines twice. They stay only if they have returned from an absence before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from ..protocol.controls import Control

FRAMES = 8
SECONDS = 1.0
MOST_FRAMES = 16
"""A longer absence, in frames, is deliberate if it also took `MEANT` seconds: the user has hidden the control."""
MEANT = 2.0
MOST_REMEMBERED = 1000
BY_PLACE = tuple(message.DEFAULTS["kind"] for message in get_args(Control) if "label" not in message.FIELDS)
"""The kinds that have no label."""


@dataclass(slots=True)
class _Absence:
    """When a control was first not called: frame number and seconds."""

    frame: int
    at: float


class Absences:
    """Decides which controls stay, by their ids. ``clock`` is in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._frames = 0
        self._missing: dict[str, _Absence] = {}  # controls that stay, then some that have left
        self._longest: dict[str, int] = {}  # longest absence, in frames, of controls that came back

    def frame(self, drawn: Mapping[str, object], shown: Mapping[str, object]) -> set[str]:
        """Returns the controls that stay after a frame that called ``drawn``, of those in ``shown`` before it."""
        self._frames += 1
        if drawn.keys() == shown.keys() and (not self._missing or self._missing.keys().isdisjoint(drawn)):
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
        """Limits how many controls that have left are remembered."""
        for known in (self._missing, self._longest):
            for ident in [ident for ident in known if ident not in staying][:-MOST_REMEMBERED]:
                del known[ident]


def _kind(ident: str) -> str:
    return ident.partition(":")[0]


def _label(ident: str) -> str:
    return ident.partition(":")[2]
