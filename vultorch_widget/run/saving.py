"""When the poster and the replay of a view are put where a notebook keeps them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ..basics.cadence import Cadence
from ..notebook.kept import Kept
from ..pages.publisher import Publisher
from ..pictures.png import FAST, SMALL
from ..protocol.messages import State
from ..protocol.wire import unicode
from ..replay import Outcome, encode
from ..replay.poster import data_url
from .session import Session
from .status_line import StatusBoard

INTERVAL = 10.0
"""Least seconds of a run between two savings in its course."""
SHARE = 0.002
"""Part of the time of a run that may go to savings."""
LEAVE_SHARE = 0.02
"""The same where a cell has waited for something and ends: it may be the last that is executed."""


class Saving:
    """Writes what is to be kept of a view by ``write``, once that is set."""

    def __init__(self, session: Session, board: StatusBoard, publisher: Publisher) -> None:
        self.write: Callable[[Kept], None] | None = None
        self._session = session
        self._replay = session.replay
        self._board = board
        self._publisher = publisher
        self._owner = threading.get_ident()
        self._saved: tuple[int, State] | None = None
        self._left: tuple[int, State] | None = None  # the same, of the last saving by a cell that waited
        self._passing = Cadence(INTERVAL, share=SHARE)  # on the clock of the run
        self._passing.done(0.0)
        self._leaving = Cadence(0.0, share=LEAVE_SHARE)

    def asked(self) -> None:
        """Saves as of now, outputs too: the notebook has just been saved, and is about to be saved again with this.

        Hands may have changed controls since, and callbacks pictures, though no frame has ended.
        """
        self._save(None, settled=True)

    def soon(self) -> None:
        """Has the next frame save: what was kept is of a run that was begun anew."""
        self._passing.hurry()

    def in_passing(self) -> None:
        """To be called after every frame; saves where it was long ago.

        Not while pages are there and none shows the view: it is sent to all of them, and waits for one that does.
        """
        if self._passing.due(self._replay.seconds) and not self._publisher.hidden:
            self.now()

    def in_leaving(self) -> None:
        """To be called where a cell that waited goes on, and by it.

        What was saved before may have been so in the name of another cell, which what executes notebooks does not hear
        any more. So it is saved again, unless that was done here: now and then in the course of a run, and at its end.
        """
        if not self._board.standing.runs() or self._leaving.due(time.monotonic()):
            begun = time.monotonic()
            self._save(self._left)
            self._left = self._saved
            ended = time.monotonic()
            self._leaving.done(ended, ended - begun)

    def now(self) -> None:
        """Saves, unless nothing has changed. Does nothing on other threads than that on which this was made, and while
        a frame is being made: pictures would be of half a step.
        """
        self._save(self._saved)

    def again(self) -> None:
        """Saves, although it may have been done: in the name of a cell that nobody listened to any more."""
        self._save(None)

    def _save(self, known: tuple[int, State] | None, *, settled: bool = False) -> None:
        if self.write is None or threading.get_ident() != self._owner or self._session.tree.in_frame:
            return
        outcome = self.outcome()
        stand = self._replay.version, outcome.state
        if stand == known or self._replay.version == 0:
            return
        begun = time.monotonic()
        self.write(self.kept(outcome, settled=settled))
        self._saved = stand
        self._passing.done(self._replay.seconds, time.monotonic() - begun)

    def outcome(self) -> Outcome:
        """How the run stands, for its replay."""
        state, failure = self._board.standing.both
        return Outcome(state, failure, self._replay.speed, self._board.backend)

    def kept(self, outcome: Outcome, *, settled: bool = False) -> Kept:
        """What there is to keep, as of now; see `Kept` for ``settled``."""
        running = outcome.state == "running"  # and waits: there will be a smaller file at the end
        png = self._replay.finish(self._session.frames.count, FAST if running else SMALL)
        document = self._replay.document(outcome)
        return Kept(
            poster=data_url(png),
            replay=encode(document),
            summary=unicode(_summary(document, outcome)),
            settled=settled or outcome.state != "running" or not self._publisher.watched,
        )


def _summary(document: dict[str, object], outcome: Outcome) -> str:
    """For where there are only words: the title, how far it is, and what was logged last."""
    series = document["series"]
    values = []
    if isinstance(series, dict):
        values = [f"{name} {s['values'][-1]:.4g}" for name, s in series.items() if s["values"][-1] is not None]
    parts = [f"{document['title']}: {outcome.state} at step {document['last']:,}", *values[:8]]
    return " · ".join(parts)
