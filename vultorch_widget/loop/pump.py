"""Lets a kernel hear its pages while a cell keeps the thread in a loop."""

from __future__ import annotations

import time

PAUSE_INTERVAL = 0.02
"""Seconds between two moments in which other threads may run."""


class Pump:
    """Called once in every turn of a blocking loop."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self) -> None:
        """Gives the threads that hear pages a moment, every `PAUSE_INTERVAL`."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + PAUSE_INTERVAL
            time.sleep(0)  # releases the interpreter's lock, which short torch calls hold without a break
