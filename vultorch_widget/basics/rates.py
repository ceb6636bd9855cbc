"""How fast a count goes up."""

from __future__ import annotations

from collections import deque

WINDOW = 2.0
"""Seconds over which rates are averaged, where what is counted is not rarer than that."""


class Rate:
    """Counts a second, from what the count was at some moments. Times are seconds on one clock of the caller's.

    `note` it as often as it changes, or look at it now and then. A silence is no interval between two counts: the rate
    is 0 once it has lasted for longer than the window and three usual intervals, and what follows begins anew.
    """

    def __init__(self) -> None:
        self._changes: deque[tuple[float, int]] = deque(maxlen=4096)  # when another count was seen, and it

    def note(self, now: float, count: int) -> None:
        """The count is ``count`` now. One that is lower than before begins anew, as after a reset."""
        changes = self._changes
        if not changes or count != changes[-1][1]:
            if changes and (count < changes[-1][1] or self._silent(now)):
                changes.clear()
            changes.append((now, count))
        while len(changes) > 2 and now - changes[0][0] > WINDOW:
            changes.popleft()

    def read(self, now: float) -> float:
        """Counts a second; 0 before there are two."""
        if len(self._changes) < 2 or self._silent(now):
            return 0.0
        (first, before), (last, after) = self._changes[0], self._changes[-1]
        return (after - before) / max(last - first, 1e-9)

    def restart(self) -> None:
        """Forgets what was seen, as after a pause."""
        self._changes = deque(maxlen=4096)  # another: the owner may be reading, and a pause comes from any thread

    def _silent(self, now: float) -> bool:
        """Whether nothing has changed for three usual intervals, and for longer than the window."""
        changes = self._changes
        if len(changes) < 2 or now - changes[-1][0] <= WINDOW:
            return False
        (first, _), (last, _) = changes[0], changes[-1]
        return now - last > 3 * (last - first) / (len(changes) - 1)
