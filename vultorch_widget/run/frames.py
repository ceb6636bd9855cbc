"""The frames of a run: their number, duration and rate."""

from __future__ import annotations

import time

from ..basics.rates import Rate


class Frames:
    """Counts and times the frames of one view. Runs on the owner's thread, except `elapsed`.

    Attributes:
        tick_rate: Target frames a second, 0 for no limit.
        count: Frames that have ended.
        took: Duration of the last frame in seconds.

    """

    def __init__(self, tick_rate: float) -> None:
        self.tick_rate = tick_rate
        self.count = 0
        self.took = 0.0
        self._rate = Rate()
        self._began: float | None = None  # when the running frame began
        self._started: float | None = None

    def start(self) -> None:
        """Records that a run begins. The clock starts with the first."""
        if self._started is None:
            self._started = time.monotonic()

    def begin(self) -> None:
        """Records that a frame begins."""
        self._began = time.monotonic()

    def abandon(self) -> None:
        """Discards the frame in progress."""
        self._began = None

    def end(self) -> None:
        """Counts the frame in progress as ended."""
        now = time.monotonic()
        self.took = 0.0 if self._began is None else now - self._began
        self._began = None
        self.count += 1
        self._rate.note(now, self.count)

    @property
    def elapsed(self) -> float:
        """Seconds that the running frame has taken so far; 0 if none is running. Any thread."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    @property
    def seconds(self) -> float:
        """Seconds since the first run began; 0 before."""
        return 0.0 if self._started is None else time.monotonic() - self._started

    @property
    def rate(self) -> float:
        """Recent frames a second."""
        return self._rate.read(time.monotonic())
