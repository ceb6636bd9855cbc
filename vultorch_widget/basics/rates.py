"""Measures how fast a count increases."""

from __future__ import annotations

from collections import deque

WINDOW = 2.0
"""Seconds over which rates are averaged, unless counts are rarer than that."""


class Rate:
    """Counts per second, from observations of a count. Times are seconds on one clock of the caller's.

    Call `note` whenever the count changes, or poll it. A silence is not an interval between two counts: once it has
    lasted longer than the window and than three usual intervals, the rate is 0, and the measurement starts again with
    the next count.
    """

    def __init__(self) -> None:
        self._changes: deque[tuple[float, int]] = deque(maxlen=4096)  # (time, count) of each change

    def note(self, now: float, count: int) -> None:
        """Records that the count is ``count`` now. A lower count than before restarts the measurement."""
        changes = self._changes
        if not changes or count != changes[-1][1]:
            if changes and (count < changes[-1][1] or self._silent(now)):
                changes.clear()
            changes.append((now, count))
        while len(changes) > 2 and now - changes[0][0] > WINDOW:
            changes.popleft()

    def read(self, now: float) -> float:
        """Counts per second; 0 before there are two."""
        if len(self._changes) < 2 or self._silent(now):
            return 0.0
        (first, before), (last, after) = self._changes[0], self._changes[-1]
        return (after - before) / max(last - first, 1e-9)

    def restart(self) -> None:
        """Discards all observations, as after a pause."""
        self._changes = deque(maxlen=4096)  # not clear(): the owner may be reading on another thread

    def _silent(self, now: float) -> bool:
        """True if nothing has changed for longer than the window and than three usual intervals."""
        changes = self._changes
        if len(changes) < 2 or now - changes[-1][0] <= WINDOW:
            return False
        (first, _), (last, _) = changes[0], changes[-1]
        return now - last > 3 * (last - first) / (len(changes) - 1)
