"""How long a run takes and how fast it goes, by the frames that end in it."""

from __future__ import annotations


class Pace:
    """Counts the time of a run and its steps. Rests count for nothing, nor do single frames that are run in one.

    All times are seconds on one clock of the caller's, which may go on while the run rests.
    """

    def __init__(self) -> None:
        self.seconds = 0.0  # of the run so far, by the clock on which key frames are due
        self.resting = True
        self._at = 0.0
        self._last: int | None = None  # the step of the frame before
        self._steps = 0
        self._timed = 0.0  # seconds that these steps took

    def go_on(self, now: float) -> None:
        """The run begins or goes on after a rest."""
        if self.resting:
            self.resting = False
            self._at = now

    def rest(self) -> None:
        """No frames are run from here on, but for single ones."""
        self.resting = True

    def frame(self, now: float, step: int) -> float:
        """Counts a frame that ended at ``step``, and returns the seconds that it took: 0 for a single one."""
        passed = 0.0 if self.resting else now - self._at
        self.seconds += passed
        if self._last is not None and passed > 0 and step >= self._last:
            self._steps += step - self._last
            self._timed += passed
        self._at, self._last = now, step
        return passed

    def begin_again(self) -> None:
        """Forgets steps and speed: the run was reset, or counts something else from here on."""
        self._last = None
        self._steps = 0
        self._timed = 0.0

    @property
    def speed(self) -> float:
        """Steps a second on average, from the end of the first frame to that of the last; 0 where there was one."""
        return self._steps / self._timed if self._timed > 0 else 0.0
