"""Shows finished frames on the pages, and records them in films."""

from __future__ import annotations

import logging
import time

from ..basics.first_errors import FirstErrors
from ..inspection.measuring import Measuring
from ..offscreen.film_frames import FilmFrames
from ..pages.futures_board import FuturesBoard
from ..pages.notices import Notices
from ..pages.probing import Probing
from ..pages.publisher import Publisher
from ..protocol.messages import State
from ..render.compositor import CompositorError
from ..tree.view_tree import Tree
from .advice import Advice
from .frames import Frames

_log = logging.getLogger(__name__)

PARTING = 0.5
"""Maximum seconds that a GPU may take for the last pictures of a closed view."""


class Showing:
    """Shows ``tree`` through ``publisher`` and ``films``. Runs on the owner's thread.

    An error in showing a frame must not end a training: the user is told, and the next frame tries again.
    """

    def __init__(
        self,
        tree: Tree,
        frames: Frames,
        publisher: Publisher,
        films: FilmFrames,
        notices: Notices,
        measuring: Measuring,
        probing: Probing,
    ) -> None:
        self._tree = tree
        self._frames = frames
        self._publisher = publisher
        self._films = films
        self._notices = notices
        self._measuring = measuring
        self._probing = probing
        self._pins = probing.pins
        self._advice = Advice(notices.tell)
        self._rest: tuple[int, State] | None = None  # frame and state when the run last stopped running
        self._errors = FirstErrors()

    def publish(self, *, resting: bool, last: bool = False) -> bool:
        """Takes the frames of films, and sends the pages what is new and due; see `Publisher.publish`.

        Returns True if there are no pages.
        """
        now = time.monotonic()
        filming = not self._films.films.idle
        besides = filming or self._measuring.begun or self._probing.busy or self._pins.spots
        try:
            if not (besides or resting or last) and self._publisher.quiet(now):
                return False
            if filming:
                self._films.take(now)
        except Exception as error:  # pages may still work: their pictures are smaller
            self._tell_unshown(error)
        if self._measuring.begun:
            try:
                self._measuring.look(now, self._frames.count, resting=resting, watched=self._publisher.watched)
            except Exception as error:
                self._tell_unshown(error)
        if self._probing.busy or self._pins.spots:
            self._probe(now)
        if not self._publisher.attached:
            return True
        try:
            self._advice.look(self._tree.canvases(), now)
            return self._publisher.publish(now, resting=resting, last=last)
        except Exception as error:
            self._tell_unshown(error)
        self._publisher.say(now)
        return True

    def _probe(self, now: float) -> None:
        try:
            self._probing.look(now)
        except Exception as error:  # pictures may still be shown
            self._tell_unshown(error)

    @property
    def watched(self) -> bool:
        """True if a page that answers shows the view on a screen."""
        return self._publisher.watched

    @property
    def attached(self) -> bool:
        """True if the view can send to pages, even if none has opened."""
        return self._publisher.attached

    @property
    def futures(self) -> FuturesBoard:
        """What pages are told about futures, created on first use."""
        if self._publisher.futures is None:
            self._publisher.futures = FuturesBoard()
        return self._publisher.futures

    def publish_last(self) -> None:
        """Sends the pages the final, exact pictures. Waits for them at most `PARTING` seconds."""
        deadline = time.monotonic() + PARTING
        for _ in range(2):  # the first pass may collect a frame that was in flight
            while not self.publish(resting=True, last=True) and time.monotonic() < deadline:
                time.sleep(0.005)

    def publish_rest(self, state: State) -> None:
        """Sends the current state to hidden pages when the run stops running, in ``state``.

        By the time a user looks at them, the kernel may be gone or busy.
        """
        rest = self._frames.count, state
        if rest != self._rest and self._publisher.missed:
            self.publish_last()
        self._rest = rest

    def announce(self) -> None:
        """Sends the pages a changed state without waiting for the usual interval."""
        self._publisher.hurry()
        self._publisher.say(time.monotonic())

    def _tell_unshown(self, error: Exception) -> None:
        if not self._errors.first(error):
            return
        if isinstance(error, CompositorError):
            self._notices.tell(f"A frame could not be composited: {error}")
        else:
            self._notices.tell(f"A frame could not be shown: {type(error).__name__}: {error}")
            _log.error("A frame of view %r could not be shown.", self._tree.title, exc_info=error)
