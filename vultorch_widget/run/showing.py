"""Shows what frames made: to the pages, and to the films that are being taken."""

from __future__ import annotations

import logging
import time

from ..offscreen.film_frames import FilmFrames
from ..pages.notices import Notices
from ..pages.publisher import Publisher
from ..protocol.messages import State
from ..render.compositor import CompositorError
from ..tree.view_tree import Tree
from .advice import Advice
from .frames import Frames

_log = logging.getLogger(__name__)

PARTING = 0.5
"""Seconds that a GPU may take for the last pictures of a view that is closed."""


class Showing:
    """Shows ``tree`` by ``publisher`` and ``films``. On the owner's thread.

    What cannot be shown is not worth a training: the user is told, and the next frame tries again.
    """

    def __init__(self, tree: Tree, frames: Frames, publisher: Publisher, films: FilmFrames, notices: Notices) -> None:
        self._tree = tree
        self._frames = frames
        self._publisher = publisher
        self._films = films
        self._notices = notices
        self._advice = Advice(notices.tell)
        self._rest: tuple[int, State] | None = None  # frame and state, when the run last rested
        self._unshown: set[type[Exception]] = set()  # what kept a frame from being shown, and was told

    def publish(self, *, resting: bool, last: bool = False) -> bool:
        """Takes the frames of films, and sends the pages what is new and due: see `Publisher.publish`. True where
        there are no pages.
        """
        now = time.monotonic()
        try:
            self._films.take(now)
        except Exception as error:  # pages may well be sent smaller pictures
            self._tell_unshown(error)
        if not self._publisher.attached:
            return True
        try:
            self._advice.look(self._tree.canvases(), now)
            return self._publisher.publish(now, resting=resting, last=last)
        except Exception as error:
            self._tell_unshown(error)
        self._publisher.say(now)
        return True

    @property
    def watched(self) -> bool:
        """Whether a page that answers shows the view on a screen."""
        return self._publisher.watched

    @property
    def attached(self) -> bool:
        """Whether there is a way to pages, though none may have opened."""
        return self._publisher.attached

    def publish_last(self) -> None:
        """Sends the pages what there is in the end: exact pictures, for which it waits, `PARTING` seconds at most."""
        deadline = time.monotonic() + PARTING
        for _ in range(2):  # the first may collect a frame that was on its way
            while not self.publish(resting=True, last=True) and time.monotonic() < deadline:
                time.sleep(0.005)

    def publish_rest(self, state: State) -> None:
        """Has pages that do not show the view get what there is, where the run rests in ``state``. When somebody looks
        at them again the kernel may be gone, or busy with something else.
        """
        rest = self._frames.count, state
        if rest != self._rest and self._publisher.missed:
            self.publish_last()
        self._rest = rest

    def announce(self) -> None:
        """Has pages hear of a state that has changed, whatever they were sent a moment ago."""
        self._publisher.hurry()
        self._publisher.say(time.monotonic())

    def _tell_unshown(self, error: Exception) -> None:
        kind = type(error)
        if kind in self._unshown:  # once: the words of the next may differ, by the memory that is free
            return
        self._unshown.add(kind)
        if isinstance(error, CompositorError):
            self._notices.tell(f"A frame could not be composited: {error}")
        else:
            self._notices.tell(f"A frame could not be shown: {kind.__name__}: {error}")
            _log.error("A frame of view %r could not be shown.", self._tree.title, exc_info=error)
