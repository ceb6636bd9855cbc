"""Which controls of a panel are shown: those called outside frames, then those called in the last whole frame."""

from __future__ import annotations

from collections import Counter

MAX_CONTROLS = 1000
"""Most controls called in one frame, and most called outside frames. More is a loop that should be in a callback."""


class Roster:
    """Ids of controls, in the order of their first call. Knows nothing of what they are."""

    def __init__(self) -> None:
        self._static: dict[str, None] = {}  # as an ordered set
        self._frame: dict[str, None] = {}  # of the last whole frame
        self._drawn: dict[str, None] | None = None  # of the frame that is running
        self._static_calls: Counter[str] = Counter()
        self._frame_calls: Counter[str] = Counter()

    @property
    def in_frame(self) -> bool:
        """Whether a frame is running."""
        return self._drawn is not None

    def begin(self) -> None:
        """A frame begins. None may be running."""
        self._drawn = {}
        self._frame_calls.clear()

    def end(self, *, whole: bool) -> list[str]:
        """The running frame, if any, is over; a ``whole`` one replaces the last. Returns the ids that left."""
        if self._drawn is None:
            return []
        kept, gone = (self._drawn, self._frame) if whole else (self._frame, self._drawn)
        self._frame, self._drawn = kept, None
        return [ident for ident in gone if ident not in kept and ident not in self._static]

    def count(self, kind: str) -> int:
        """How many calls of ``kind`` there have been here, this one included: in this frame, or outside frames."""
        calls = self._static_calls if self._drawn is None else self._frame_calls
        calls[kind] += 1
        return calls[kind]

    def add(self, ident: str) -> None:
        """A control was called. Raises ValueError beyond `MAX_CONTROLS`."""
        here = self._static if self._drawn is None else self._drawn
        if ident in here:
            return
        if len(here) >= MAX_CONTROLS:
            raise ValueError(
                f"more than {MAX_CONTROLS} controls in one panel; what a loop calls belongs in a callback of on_frame"
            )
        here[ident] = None

    def called_here(self, ident: str) -> bool:
        """Whether the control belongs to what is being built: the running frame, or what stays in all frames."""
        return ident in self._static or (self._drawn is not None and ident in self._drawn)

    def is_shown(self, ident: str) -> bool:
        """Whether the control is on the page."""
        return ident in self._static or ident in self._frame

    def shown(self) -> list[str]:
        """Every id that is on the page, in order."""
        return list(self._static | self._frame)
