"""How often something happens."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable


class RateMeter:
    """Events a second over the last ``window`` seconds. ``clock`` gives seconds."""

    def __init__(self, window: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._window = window
        self._clock = clock
        self._times: deque[float] = deque(maxlen=4096)

    def tick(self) -> None:
        """Counts one event, now. The first after a silence begins anew: the silence is no interval between events."""
        times, now = self._times, self._clock()
        if self._silent(now):
            times.clear()
        times.append(now)
        while len(times) > 2 and now - times[0] > self._window:
            times.popleft()

    def rate(self) -> float:
        """Events a second; 0 before the second event and once there was none for longer than usual."""
        if len(self._times) < 2 or self._silent(self._clock()):
            return 0.0
        span = self._times[-1] - self._times[0]
        return (len(self._times) - 1) / span if span > 0 else 0.0

    def _silent(self, now: float) -> bool:
        """Whether nothing has happened for the window, or for three usual intervals where those are longer."""
        if len(self._times) < 2 or now - self._times[-1] <= self._window:
            return False
        first, last = self._times[0], self._times[-1]
        usual = (last - first) / (len(self._times) - 1)
        return now - last > 3 * usual
