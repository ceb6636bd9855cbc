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
        """Counts one event, now."""
        now = self._clock()
        times = self._times
        times.append(now)
        while len(times) > 2 and now - times[0] > self._window:
            times.popleft()

    def rate(self) -> float:
        """Events a second; 0 before the second event and once there was none for longer than usual."""
        if len(self._times) < 2:
            return 0.0
        first, last = self._times[0], self._times[-1]
        intervals = len(self._times) - 1
        usual = (last - first) / intervals
        silence = self._clock() - last
        if silence > max(self._window, 3 * usual) or last == first:
            return 0.0
        return intervals / (last - first)
