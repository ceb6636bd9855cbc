"""Measures the duration and the speed of a run from the ends of its frames."""

from __future__ import annotations


class Pace:
    """Counts the time and the steps of a run. Rests do not count, nor do single frames run during a rest.

    All times are seconds on one clock of the caller's. The clock may go on while the run rests.
    """

    def __init__(self) -> None:
        self.seconds = 0.0  # duration of the run so far; key frames are due by it
        self.resting = True
        self._at = 0.0
        self._last: int | None = None  # step of the previous frame
        self._steps = 0
        self._timed = 0.0  # duration of these steps in seconds

    def go_on(self, now: float) -> None:
        """Starts the run, or resumes it after a rest."""
        if self.resting:
            self.resting = False
            self._at = now

    def rest(self) -> None:
        """Begins a rest, during which only single frames are run."""
        self.resting = True

    def frame(self, now: float, step: int) -> float:
        """Counts a frame that ended at ``step``. Returns its duration in seconds, or 0 during a rest."""
        passed = 0.0 if self.resting else now - self._at
        self.seconds += passed
        if self._last is not None and passed > 0 and step >= self._last:
            self._steps += step - self._last
            self._timed += passed
        self._at, self._last = now, step
        return passed

    def begin_again(self) -> None:
        """Clears steps and speed: the run was reset, or counts something else from now on."""
        self._last = None
        self._steps = 0
        self._timed = 0.0

    @property
    def speed(self) -> float:
        """Mean steps per second from the end of the first frame to that of the last; 0 if there was only one."""
        return self._steps / self._timed if self._timed > 0 else 0.0
