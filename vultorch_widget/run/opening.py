"""Lets a page that opens show the current state before the next frame, which may block the thread for long."""

from __future__ import annotations

import time

from ..pages.publisher import Publisher
from .showing import Showing

PATIENCE = 1.0
"""Seconds that the first frame waits for a page to open. A page that opens later waits for the end of that frame."""
LONG_FRAME = 0.25
"""Seconds of a frame above which the next waits for a page that is laying out. Shorter frames delay it little."""
ROOM_PATIENCE = 0.5
"""Longest such wait in seconds."""
ROOM_SHARE = 0.1
"""Longest such wait as a share of the frame before."""
LOOK = 0.005
"""Seconds between two checks while the frame is held back."""


class Opening:
    """Holds a frame back for pages. Runs on the owner's thread.

    Attributes:
        waiting: Whether a frame is held back or the next will be.

    """

    def __init__(self, showing: Showing, publisher: Publisher) -> None:
        self._showing = showing
        self._publisher = publisher
        self.waiting = False
        self._expected = False
        self._until = 0.0  # 0 if no frame is held back

    def expect(self) -> None:
        """Expects a page to open, because the view was just displayed."""
        self._expected = self.waiting = True

    def frame_ended(self, seconds: float) -> None:
        """Holds the next frame back if this one was long and a page has not sent its canvas sizes yet."""
        if seconds > LONG_FRAME and self._publisher.laying_out:
            self._until = time.monotonic() + min(ROOM_PATIENCE, ROOM_SHARE * seconds)
            self.waiting = True

    def holds(self) -> bool:
        """Shows the current state, and returns whether the next frame must still be held back.

        If so, apply the inbox and call again after `LOOK` seconds.
        """
        if not self.waiting:
            return False
        now = time.monotonic()
        if self._expected:
            self._expected, self._until = False, now + PATIENCE
        shown = self._showing.publish(resting=True) and self._publisher.watched and not self._publisher.laying_out
        if shown or now >= self._until:
            self._until = 0.0
        self.waiting = self._until > 0
        return self.waiting
