"""Has a page that opens show what there is before the next frame, which may keep the thread for long."""

from __future__ import annotations

import time

from ..pages.publisher import Publisher
from .showing import Showing

PATIENCE = 1.0
"""Seconds that the first frame waits for a page to open. One that opens later waits for the end of that frame."""
LONG_FRAME = 0.25
"""Seconds of a frame after which the next waits for a page that is laying out: shorter ones do not keep it long."""
ROOM_PATIENCE = 0.5
"""Most seconds of that wait, and"""
ROOM_SHARE = 0.1
"""the part of the frame before that it may take."""
LOOK = 0.005
"""Seconds between two looks while the frame is held back."""


class Opening:
    """Holds a frame back for pages. On the owner's thread."""

    def __init__(self, showing: Showing, publisher: Publisher) -> None:
        self._showing = showing
        self._publisher = publisher
        self._expected = False
        self._until = 0.0  # 0: no frame is held back

    @property
    def waiting(self) -> bool:
        """Whether a frame is held back, or the next will be."""
        return self._expected or self._until > 0

    def expect(self) -> None:
        """A page is about to open: the view was just displayed."""
        self._expected = True

    def frame_ended(self, seconds: float) -> None:
        """A frame took this long; a page that has the scene since may want its pictures before the next."""
        if seconds > LONG_FRAME and self._publisher.laying_out:
            self._until = time.monotonic() + min(ROOM_PATIENCE, ROOM_SHARE * seconds)

    def holds(self) -> bool:
        """Shows what there is. Whether the next frame is to be held back still; then it is to be asked again, `LOOK`
        seconds later, after the inbox was applied.
        """
        if not self.waiting:
            return False
        now = time.monotonic()
        if self._expected:
            self._expected, self._until = False, now + PATIENCE
        shown = self._showing.publish(resting=True) and self._publisher.watched and not self._publisher.laying_out
        if shown or now >= self._until:
            self._until = 0.0
        return self._until > 0
