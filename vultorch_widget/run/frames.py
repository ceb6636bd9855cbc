"""The frames of a run: how many there were, how long they take, and how often they come."""

from __future__ import annotations

import time

from ..basics.rates import Rate


class Frames:
    """Counts the frames of one view and takes their time. On the owner's thread, apart from `elapsed`.

    Attributes:
        tick_rate: Frames a second to keep to, 0 for as fast as they go.
        count: Frames that have ended.
        took: Seconds of the last.

    """

    def __init__(self, tick_rate: float) -> None:
        self.tick_rate = tick_rate
        self.count = 0
        self.took = 0.0
        self._rate = Rate()
        self._began: float | None = None  # that of the frame that runs
        self._started: float | None = None

    def start(self) -> None:
        """A run begins, perhaps not the first."""
        if self._started is None:
            self._started = time.monotonic()

    def begin(self) -> None:
        """A frame begins."""
        self._began = time.monotonic()

    def abandon(self) -> None:
        """The frame that has begun counts for nothing."""
        self._began = None

    def end(self) -> None:
        """The frame that has begun was made."""
        now = time.monotonic()
        self.took = 0.0 if self._began is None else now - self._began
        self._began = None
        self.count += 1
        self._rate.note(now, self.count)

    @property
    def elapsed(self) -> float:
        """Seconds that the frame which runs has taken so far; 0 where none does. Any thread."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    @property
    def seconds(self) -> float:
        """Since the first run began; 0 before."""
        return 0.0 if self._started is None else time.monotonic() - self._started

    @property
    def rate(self) -> float:
        """Frames a second, lately."""
        return self._rate.read(time.monotonic())
