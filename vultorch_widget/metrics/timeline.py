"""What happened at steps of a run, besides its numbers: notes, alarms, checkpoints and branches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

MarkKind = Literal["note", "alarm", "checkpoint", "branch"]

TOLD: tuple[MarkKind, ...] = ("note", "alarm")
"""The kinds of marks that belong to one branch of a run, and return with it."""

MOST_MARKS = 1_000
"""Maximum marks of each kind. Beyond that, the oldest of the kind is dropped."""
MOST_TEXT = 1_000
"""Maximum characters of a mark's text. Longer texts are cut."""


class Mark(NamedTuple):
    """Something that happened at ``step``, with a short ``text`` for the user."""

    step: int
    kind: MarkKind
    text: str


class Timeline:
    """The marks of one run. ``version`` increases with every change; it is 0 before the first mark ever."""

    def __init__(self) -> None:
        self.version = 0
        self._kinds: dict[MarkKind, list[Mark]] = {}

    def add(self, step: int, kind: MarkKind, text: str) -> None:
        """Adds a mark, unless there is one already with the same step, kind and text."""
        marks = self._kinds.setdefault(kind, [])
        mark = Mark(step, kind, shortened(text))
        if mark not in marks[-8:]:
            marks.append(mark)
            del marks[:-MOST_MARKS]
            self.version += 1

    def put(self, kind: MarkKind, marks: Iterable[tuple[int, str]]) -> None:
        """Replaces all marks of one ``kind``, such as checkpoints, of which only the newest are kept."""
        found = [Mark(step, kind, shortened(text)) for step, text in marks][-MOST_MARKS:]
        if found != self._kinds.get(kind, []):
            self._kinds[kind] = found
            self.version += 1

    def cut(self, step: int) -> None:
        """Removes what happened after ``step``, to which the run goes back."""
        for kind, marks in self._kinds.items():
            self.put(kind, [(mark.step, mark.text) for mark in marks if mark.step <= step])

    def kept(self) -> dict[MarkKind, list[Mark]]:
        """A copy of all marks, for `put_back`."""
        return {kind: list(marks) for kind, marks in self._kinds.items()}

    def put_back(self, kept: Mapping[MarkKind, list[Mark]]) -> None:
        """Replaces all marks by those that `kept` returned."""
        if self._kinds != kept:
            self._kinds = {kind: list(marks) for kind, marks in kept.items()}
            self.version += 1

    def touch(self) -> None:
        """Causes it to be sent again, because something sent with it has changed."""
        self.version += 1

    def told(self) -> list[Mark]:
        """The notes and alarms: what the program has said, which cannot be recomputed."""
        return [mark for kind in TOLD for mark in self._kinds.get(kind, [])]

    def tell_again(self, marks: Iterable[Mark], step: int) -> None:
        """Replaces notes and alarms by those in ``marks`` up to ``step``."""
        known = list(marks)
        for kind in TOLD:
            self.put(kind, [(mark.step, mark.text) for mark in known if mark.kind == kind and mark.step <= step])

    def clear(self) -> None:
        """Removes everything, because a new run begins."""
        if any(self._kinds.values()):
            self.version += 1
        self._kinds.clear()

    @property
    def marks(self) -> list[Mark]:
        """All marks by step; those of one step by kind, in the order in which they were added."""
        return sorted((mark for marks in self._kinds.values() for mark in marks), key=lambda mark: mark.step)


def shortened(text: str) -> str:
    """``text``, cut to `MOST_TEXT` characters."""
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"
