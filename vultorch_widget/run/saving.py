"""When the poster and the replay of a view are saved in the notebook."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from ..basics.cadence import Cadence
from ..basics.first_errors import FirstErrors
from ..notebook.kept import Kept
from ..pages.notices import Notices
from ..pages.publisher import Publisher
from ..pictures.png import FAST, SMALL
from ..protocol.messages import State
from ..protocol.wire import unicode
from ..replay import Outcome, encode
from ..replay.poster import data_url
from .session import Session
from .status_line import StatusBoard

INTERVAL = 10.0
"""Minimum seconds of a run between two saves while it is running."""
SHARE = 0.002
"""Share of a run's time that saving may take."""
LEAVE_SHARE = 0.02
"""Share of the time that saving may take when a cell stops waiting: it may be the last that is executed."""

_log = logging.getLogger(__name__)


class Saving:
    """Saves a view's poster and replay through ``write``, once that is set.

    An error in saving must not end a training: the user is told, what was saved before stays, and the next save has
    everything.
    """

    def __init__(self, session: Session, board: StatusBoard, publisher: Publisher, notices: Notices) -> None:
        self.write: Callable[[Kept], None] | None = None
        self.held = False
        """True while the pictures are not those of the run."""
        self._session = session
        self._replay = session.replay
        self._board = board
        self._publisher = publisher
        self._notices = notices
        self._owner = threading.get_ident()
        self._saved: tuple[int, State] | None = None
        self._left: tuple[int, State] | None = None  # as `_saved`, last saved by a cell that waited
        self._passing = Cadence(INTERVAL, share=SHARE)  # in seconds of the run
        self._passing.done(0.0)
        self._leaving = Cadence(0.0, share=LEAVE_SHARE)
        self._failed: tuple[int, State] | None = None  # what could not be saved
        self._retrying = Cadence(INTERVAL)
        self._errors = FirstErrors()

    def hand_over(self) -> None:
        """From now on, saves only on the calling thread."""
        self._owner = threading.get_ident()

    def asked(self) -> None:
        """Saves the current state, with outputs. The notebook was just saved and will be saved again with this.

        Controls and pictures may have changed since the last save although no frame has ended.
        """
        self._save(None, settled=True)

    def soon(self) -> None:
        """Makes the next frame save, because what was saved belongs to the run before a reset."""
        self._passing.hurry()

    def in_passing(self) -> None:
        """Saves if the last save was long ago. Call it after every frame.

        Does nothing while pages are open but none shows the view: a save is sent to all of them, and waits for a
        visible one.
        """
        if self._passing.due(self._replay.seconds) and not self._publisher.hidden:
            self.now()

    def in_leaving(self) -> None:
        """Saves when a cell stops waiting. Called by that cell.

        An earlier save may have been sent in the name of another cell, where tools that execute notebooks ignore it. So
        the state is saved again: from time to time during a run, and at its end.
        """
        if not self._board.standing.running or self._leaving.due(time.monotonic()):
            begun = time.monotonic()
            self._save(self._left)
            self._left = self._saved
            ended = time.monotonic()
            self._leaving.done(ended, ended - begun)

    def now(self) -> None:
        """Saves unless nothing has changed. What could not be saved is tried again after `INTERVAL`.

        Does nothing on any thread but the owner's, nor during a frame, when pictures would show half a step.
        """
        if self._failed is None or self._failed != self._current() or self._retrying.due(time.monotonic()):
            self._save(self._saved)

    def again(self) -> None:
        """Saves even if nothing has changed: the last save may have been sent in the name of an ended cell."""
        self._save(None)

    def _save(self, known: tuple[int, State] | None, *, settled: bool = False) -> None:
        if self.write is None or self.held or threading.get_ident() != self._owner or self._session.tree.in_frame:
            return
        if self._current() == known or self._replay.version == 0:
            return
        begun = time.monotonic()
        try:
            outcome = self.outcome()
            current = self._replay.version, outcome.state
            self.write(self.kept(outcome, settled=settled))
            self._saved, self._failed = current, None
        except Exception as error:
            self._failed = self._current()
            self._retrying.done(time.monotonic())
            self._tell(error)
        self._passing.done(self._replay.seconds, time.monotonic() - begun)

    def _current(self) -> tuple[int, State]:
        return self._replay.version, self._board.standing.state

    def _tell(self, error: Exception) -> None:
        if self._errors.first(error):
            _log.error("The replay of view %r could not be saved.", self._session.tree.title, exc_info=error)
            self._notices.tell(
                f"The replay could not be saved in the notebook; it is tried again. {type(error).__name__}: {error}"
            )

    def outcome(self) -> Outcome:
        """Returns the state of the run, for its replay."""
        state, failure = self._board.standing.both
        return Outcome(state, failure, self._replay.speed, self._board.backend)

    def kept(self, outcome: Outcome, *, settled: bool = False) -> Kept:
        """Returns the current poster and replay; see `Kept` for ``settled``."""
        running = outcome.state == "running"  # saves time now; there will be a smaller file at the end
        png = self._replay.finish(self._session.frames.count, FAST if running else SMALL)
        document = self._replay.document(outcome)
        return Kept(
            poster=data_url(png),
            replay=encode(document),
            summary=unicode(_summary(document, outcome)),
            settled=settled or outcome.state != "running" or not self._publisher.watched,
        )


def _summary(document: dict[str, object], outcome: Outcome) -> str:
    """Returns a line for text-only output: the title, the progress, and the last logged values."""
    series = document["series"]
    values = []
    if isinstance(series, dict):
        values = [f"{name} {s['values'][-1]:.4g}" for name, s in series.items() if s["values"][-1] is not None]
    parts = [f"{document['title']}: {outcome.state} at step {document['last']:,}", *values[:8]]
    return " · ".join(parts)
