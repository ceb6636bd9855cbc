"""What happens on an alarm: the run pauses, the user is told, and the alarm stays active until answered."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable

from ..metrics import Metrics
from ..metrics.alarms import Alarm, Watch
from ..metrics.timeline import Mark
from ..pages.notices import Notices
from ..pages.publisher import Publisher
from ..protocol.messages import StandingAlarm
from .states import Event, Standing

MOST_STANDING = 8
"""Maximum active alarms. The oldest stay, because later ones are often caused by them."""
ANSWERS: frozenset[Event] = frozenset({"start", "resume", "stop", "reset", "close"})
"""Events that count as the user's answer to all alarms."""

_log = logging.getLogger(__name__)


class Alarming:
    """Carries out the alarms of one view, on the thread that logs. `settle` may be called on any thread."""

    def __init__(
        self, title: str, metrics: Metrics, standing: Standing, notices: Notices, publisher: Publisher
    ) -> None:
        self.pause: Callable[[], None] = lambda: None
        """Pauses the run."""
        self.awaited = False
        """True if the view was displayed in a cell of a front end, where a page will open."""
        self._title = title
        self._metrics = metrics
        self._standing = standing
        self._notices = notices
        self._publisher = publisher
        self._stands: tuple[StandingAlarm, ...] = ()
        metrics.alarms.ring = self.ring
        metrics.alarms.failed = self._failed
        metrics.alarms.forgotten = self._answer
        publisher.alarms = lambda: self._stands

    @property
    def heard(self) -> bool:
        """True if a user can see an alarm in a page, and resume there.

        A page that has left may come back. Tools that execute notebooks display views, too, but open no page.
        """
        return self._publisher.attached and (self._publisher.had_page or self.awaited)

    def ring(self, alarm: Alarm, watch: Watch) -> None:
        """Carries out the action of an alarm."""
        if self._standing.closed:
            return
        self._metrics.timeline.add(alarm.step, "alarm", alarm.text)
        if not isinstance(watch.action, str):
            try:
                watch.action(alarm)
            except Exception as error:  # must not end a training
                self._failed(f"The action of the alarm of {watch.name!r}", error)
            return
        if not self.heard:
            self._warn(alarm, wanted=watch.action == "pause")
            return
        if watch.action == "pause":
            self.pause()
        if len(self._stands) < MOST_STANDING:
            good = max((mark.step for mark in self._metrics.timeline.marks if _is_good(mark, alarm)), default=None)
            paused = self._standing.held
            one = StandingAlarm(series=alarm.series, step=alarm.step, text=alarm.text, paused=paused, checkpoint=good)
            self._stands = (*self._stands, one)
            self._metrics.timeline.touch()

    def _warn(self, alarm: Alarm, *, wanted: bool) -> None:
        goes_on = ". The run goes on: no page is open in which it could be resumed" if wanted else ""
        sentence = f"{alarm.text}{goes_on}"
        self._notices.tell(sentence)
        warnings.warn(f"view {self._title!r}: {sentence}", RuntimeWarning, stacklevel=6)  # the line that logs

    def _failed(self, what: str, error: Exception) -> None:
        _log.warning("%s has failed; the run goes on.", what, exc_info=error)
        self._notices.warn(f"{what} has failed; the run goes on. {type(error).__name__}: {error}")

    def settle(self, event: Event) -> None:
        """Ends all alarms if ``event`` answers them. Any thread."""
        if event in ANSWERS:
            self._answer()
        if event == "start":
            self._metrics.alarms.clear()

    def _answer(self) -> None:
        if self._stands:
            self._stands = ()
            self._metrics.timeline.touch()


def _is_good(mark: Mark, alarm: Alarm) -> bool:
    """Returns whether ``mark`` is a checkpoint from before the ``alarm``."""
    return mark.kind == "checkpoint" and mark.step < alarm.step
