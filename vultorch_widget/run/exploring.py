"""Runs the next steps of a training several times, each with different control values, from the same state.

Each such future becomes an abandoned branch. Afterwards the present is restored to the last bit, whether all futures
were run, the exploration was cancelled, or one of them failed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ..checkpoints import RestoreError
from ..metrics.alarms import Alarm, Watch, is_loss
from ..metrics.ghosts import Ghost, ghost
from ..metrics.record import Stretch
from ..replay.key_frames import KeyFrame
from .callbacks import FrameError
from .combinations import Combination
from .hand import Key
from .rewinding import Rewinding
from .session import Session

FETCH = 0.2
"""Seconds between two readings of values on a GPU, which may raise an alarm."""
MOST_IDLE = 1000
"""Frames without a new step after which a future ends: its callbacks have finished on their own."""
JUDGED = 0.1
"""The mean of this share of a future's last values tells how good it is, because single values are noisy."""

FutureState = Literal["waiting", "running", "done", "ended", "failed"]


class Attempt:
    """One future: a combination of control values, and its result.

    Attributes:
        state: ``ended`` early by an alarm, or ``failed`` with an exception.
        said: Why, if so.
        error: That exception.
        steps: How many steps it has run.
        branch: The branch that it became; empty before that, without any step, and if it failed.
        logged: What it has logged.
        frame: Its last pictures.

    """

    def __init__(self, combination: Combination) -> None:
        self.combination = combination
        self.state: FutureState = "waiting"
        self.said = ""
        self.error: BaseException | None = None
        self.steps = 0
        self.branch = ""
        self.logged: Mapping[str, Stretch] = {}
        self.frame: KeyFrame | None = None

    @property
    def over(self) -> bool:
        """True if it is neither waiting nor running."""
        return self.state in ("done", "ended", "failed")

    @property
    def values(self) -> dict[str, float]:
        """The last value of each scalar that it has logged."""
        return {name: stretch.values[-1] for name, stretch in self.logged.items() if len(stretch.values)}

    def score(self, name: str) -> float:
        """The mean of its last values of ``name``; NaN if there are none, or if one of them is not finite."""
        stretch = self.logged.get(name)
        if stretch is None or not len(stretch.values):
            return math.nan
        last = stretch.values[-max(1, math.ceil(JUDGED * len(stretch.values))) :]
        mean = sum(last) / len(last)
        return mean if math.isfinite(mean) else math.nan

    def curves(self) -> list[Ghost]:
        """Its curves, for the chart."""
        return [
            ghost(self.branch or self.combination.name, name, stretch)
            for name, stretch in self.logged.items()
            if stretch.charted
        ]


class Exploring:
    """One exploration. Runs on the owner's thread: `turn` until it returns False, then `end`.

    Raises ValueError if the checkpoints of the futures would take more than half of those that fit.
    """

    def __init__(
        self,
        session: Session,
        rewinding: Rewinding,
        combinations: Sequence[Combination],
        steps: int,
        by: str | None,
        *,
        rising: bool,
    ) -> None:
        self.attempts = [Attempt(combination) for combination in combinations]
        self.steps = steps
        self.rising = rising
        self.cancelled = False
        self._by = by
        self._session = session
        self._rewinding = rewinding
        self._here = rewinding.here()
        self.first = rewinding.step
        needed, most = len(combinations) * self._here.checkpoint.bytes, rewinding.ring.most_bytes // 2
        if needed > most:
            raise ValueError(
                f"{len(combinations)} futures take {needed / (1 << 20):,.1f} MiB of checkpoints, and half of "
                f"checkpoint_bytes, {most / (1 << 20):,.1f} MiB, is for them: explore fewer, or make the View with a "
                "larger checkpoint_bytes"
            )
        self._current: Attempt | None = None
        self._values: dict[Key, Any] = {}
        self._rang = ""
        self._idle = 0
        self._fetched = 0.0
        self._nonfinite: dict[str, int] = {}
        metrics = session.metrics
        self._followers, metrics.followers = metrics.followers, None
        alarms = metrics.alarms
        self._alarms = alarms.ring, alarms.forgotten
        alarms.ring, alarms.forgotten = self._ring, lambda: None
        rewinding.again = True

    @property
    def by(self) -> str:
        """The scalar that decides which future is best; empty if there is none."""
        if self._by is not None:
            return self._by
        names = [name for attempt in self.attempts for name, part in attempt.logged.items() if part.charted]
        losses = [name for name in names if is_loss(name)]
        return next((name for name in losses if "val" in name.lower()), losses[0] if losses else "")

    @property
    def best(self) -> int:
        """The index of the best future that ran to its end, -1 if that cannot be decided."""
        name = self.by
        scores = {
            index: score
            for index, attempt in enumerate(self.attempts)
            if attempt.state == "done" and math.isfinite(score := attempt.score(name))
        }
        if not scores:
            return -1
        return max(scores, key=lambda index: scores[index] if self.rising else -scores[index])

    def end_current(self, said: str) -> None:
        """Ends the running future after its frame, because the program has asked for it."""
        self._rang = self._rang or said

    def turn(self) -> bool:
        """Runs one frame. Returns False once there are none left.

        Raises `RestoreError` if the state cannot be put back, and passes interrupts on. Then `end` is still due.
        """
        attempt = self._current
        if attempt is None:
            attempt = next((one for one in self.attempts if one.state == "waiting"), None)
            if attempt is None or self.cancelled:
                return False
            self._begin(attempt)
        if self.cancelled:
            return False
        self._frame(attempt)
        if attempt.over:
            self._conclude(attempt)
        return True

    def _begin(self, attempt: Attempt) -> None:
        self._rewinding.return_to(self._here)
        self._rang = ""
        self._idle = 0
        self._nonfinite = self._session.metrics.nonfinite()
        attempt.combination.put()
        self._values = self._rewinding.hand.values()
        attempt.state = "running"
        self._current = attempt

    def _frame(self, attempt: Attempt) -> None:
        session = self._session
        session.begin_frame()
        try:
            session.callbacks()
        except FrameError as error:
            session.abandon_frame()
            attempt.state, attempt.error = "failed", error.__cause__
            attempt.said = f"{type(error.__cause__).__name__}: {error.__cause__}"
            return
        except BaseException:
            session.abandon_frame()
            raise
        if not session.tree.in_frame:  # a callback has closed the view
            self.cancelled = True
            return
        session.frames.end()
        session.tree.end_frame()
        passed = self._passed()
        self._idle = 0 if passed > attempt.steps else self._idle + 1
        attempt.steps = passed
        if self._idle >= MOST_IDLE:
            self.end_current(f"{MOST_IDLE:,} frames have logged no further step")
        self._look(attempt)

    def _look(self, attempt: Attempt) -> None:
        """Decides whether the future goes on after a frame."""
        metrics = self._session.metrics
        now, enough = time.monotonic(), attempt.steps >= self.steps
        if enough or now - self._fetched > FETCH:
            self._fetched = now
            metrics.fetch()
        if self._rewinding.asked is not None:
            self._rewinding.asked = None
            self.end_current("it asked to go back")
        for name, count in metrics.nonfinite().items():
            if count > self._nonfinite.get(name, 0) and metrics.alarms.watch(name).finite:
                self.end_current(f"{name} is not finite (step {metrics.iteration:,})")
        if self._rang:
            attempt.state, attempt.said = "ended", self._rang
        elif enough:
            attempt.state = "done"

    def _passed(self) -> int:
        """Steps since the beginning: logged ones, or frames if nothing is logged."""
        here, session = self._here.point, self._session
        logged = session.metrics.iteration
        return logged - here.iteration if here.iteration or logged else session.frames.count - here.frame

    def _ring(self, alarm: Alarm, watch: Watch) -> None:
        if watch.action != "note":
            self.end_current(alarm.text)

    def _conclude(self, attempt: Attempt) -> None:
        """Keeps the result of a future."""
        self._current = None
        if self._session.frames.count == self._here.point.frame:
            return
        attempt.logged = self._session.metrics.stretches(self._here.point.steps)
        attempt.frame = self._session.replay.taken_now(self.first + attempt.steps)
        if attempt.state == "failed":  # half way through a frame, from which nothing could continue
            return
        try:
            branch = self._rewinding.add_future(attempt.combination.name, self._here, self._values, attempt.frame)
        except Exception as error:  # from the user's objects
            attempt.state, attempt.error = "failed", error
            attempt.said = f"its end could not be kept: {type(error).__name__}: {error}"
            return
        attempt.branch = branch.name

    def end(self) -> None:
        """Returns to the present. Raises `RestoreError` if that fails."""
        metrics, rewinding = self._session.metrics, self._rewinding
        if self._current is not None:
            self._current.state, self._current = "waiting", None
        try:
            rewinding.return_to(self._here)
        except RestoreError as error:
            raise RestoreError(f"the run is not where it stood before the futures: {error}") from error
        finally:
            metrics.alarms.ring, metrics.alarms.forgotten = self._alarms
            metrics.followers = self._followers
            rewinding.again = False
            rewinding.asked = None
        rewinding.added()
        del self._here
