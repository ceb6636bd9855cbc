"""Which controls of a panel are shown: those called outside frames, then those called in the last complete frames.

A control may be in a row, which is a control itself. One that a frame did not call stays for a while (`absence.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .absence import Absences

MAX_CONTROLS = 1000
"""Maximum controls called in one frame, and outside frames. More are a sign of a loop that belongs in a callback."""


class Roster:
    """Ids of controls in the order of their first call, whatever kind they are."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._absences = Absences(clock)
        self._static: dict[str, str | None] = {}  # row by id
        self._frame: dict[str, str | None] = {}  # row by id, of the last complete frame and controls that stay
        self._drawn: dict[str, str | None] | None = None  # row by id, of the running frame
        self._row: str | None = None  # the open row
        self._static_calls: Counter[str] = Counter()
        self._frame_calls: Counter[str] = Counter()

    @property
    def in_frame(self) -> bool:
        """True while a frame is running."""
        return self._drawn is not None

    def begin(self) -> None:
        """Begins a frame. None may be running."""
        self._drawn = {}
        self._row = None
        self._frame_calls.clear()

    def end(self, *, whole: bool) -> list[str]:
        """Ends the running frame, if any, and returns the ids that left. A ``whole`` frame replaces the last one."""
        if self._drawn is None:
            return []
        kept, gone = (self._with_absent(self._drawn), self._frame) if whole else (self._frame, self._drawn)
        self._frame, self._drawn = kept, None
        self._row = None
        if not gone:
            return []
        return [ident for ident in gone if ident not in kept and ident not in self._static]

    def keep(self) -> None:
        """Calls what the last frame had and the running one has not called, whose code has raised before it could."""
        if self._drawn is not None:
            self._drawn |= {ident: row for ident, row in self._frame.items() if ident not in self._drawn}

    def _with_absent(self, drawn: dict[str, str | None]) -> dict[str, str | None]:
        """Returns ``drawn`` with the uncalled controls that stay, each after its previous neighbour."""
        shown = self._frame
        staying = self._absences.frame(drawn, shown)
        if staying:
            staying -= self._static.keys()
        if not staying:
            return drawn
        staying |= {row for ident in staying if (row := shown[ident]) is not None and row not in drawn}
        followers: dict[str | None, list[str]] = {}
        before = None
        for ident in shown:
            if ident in drawn:
                before = ident
            elif ident in staying:
                followers.setdefault(before, []).append(ident)
        order = list(followers.get(None, ()))
        for ident in drawn:
            order += [ident, *followers.get(ident, ())]
        return {ident: drawn[ident] if ident in drawn else shown[ident] for ident in order}

    @contextmanager
    def inside(self, row: str) -> Iterator[None]:
        """Puts controls that are first called within the context into ``row``."""
        self._row = row
        try:
            yield
        finally:
            self._row = None

    @property
    def in_row(self) -> bool:
        """True while a row is open."""
        return self._row is not None

    def rows(self) -> dict[str, tuple[str, ...]]:
        """Returns the ids of the shown controls in each row, in order, by row."""
        rows: dict[str, tuple[str, ...]] = {}
        for ident in self.shown():
            row = (self._static if ident in self._static else self._frame)[ident]
            if row is not None:
                rows[row] = (*rows.get(row, ()), ident)
        return rows

    def count(self, kind: str) -> int:
        """Counts a call of ``kind`` and returns the number so far, in this frame or outside frames."""
        calls = self._static_calls if self._drawn is None else self._frame_calls
        calls[kind] += 1
        return calls[kind]

    def add(self, ident: str) -> None:
        """Records the call of a control. Raises ValueError beyond `MAX_CONTROLS`."""
        here = self._static if self._drawn is None else self._drawn
        if ident in here:
            return
        if len(here) >= MAX_CONTROLS:
            raise ValueError(
                f"more than {MAX_CONTROLS} controls in one panel; what a loop calls belongs in a callback of on_frame"
            )
        here[ident] = self._row

    def called_here(self, ident: str) -> bool:
        """Returns whether the control was called in the running frame or outside frames."""
        return ident in self._static or (self._drawn is not None and ident in self._drawn)

    def is_shown(self, ident: str) -> bool:
        """Returns whether the control is on the page."""
        return ident in self._static or ident in self._frame

    def shown(self) -> list[str]:
        """Returns every id on the page, in order."""
        return list(self._static | self._frame)
