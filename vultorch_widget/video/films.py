"""The films of one view, keyed by subject. Call from the owner's thread; each film writes on its own."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable
from os import PathLike
from pathlib import Path

from ..protocol.controls import RecordState
from .film import Film, Shot
from .writer import writer_for

MOST_FPS = 240.0
VIEW = ""
"""The subject for the whole view."""


class Films:
    """Films by subject: the id of a canvas, or `VIEW`.

    When a film has ended, ``on_end`` is called on its thread. It should only wake the owner.
    """

    def __init__(self) -> None:
        self.on_end: Callable[[], None] | None = None
        self.by_subject: dict[str, Film] = {}  # the newest of each subject
        self.idle = True
        """True if no film is being made, and nothing is left to report. Read in every tick."""
        self._untold: list[Film] = []
        self._failures: list[str] = []  # why buttons could not start or stop films
        # When the view is deleted or Python exits, running recordings are saved.
        weakref.finalize(self, _finish, self.by_subject)

    def start(self, subject: str, path: str | PathLike[str], *, fps: float = 30.0, quality: float = 0.8) -> None:
        """Starts recording ``subject`` into ``path``.

        Raises RuntimeError, naming the path, if the subject is being recorded already or another recording writes to
        ``path``; ValueError for an unknown format or an invalid ``fps`` or ``quality``; FileNotFoundError if the folder
        does not exist; IsADirectoryError if ``path`` is a folder; ImportError for MP4 without PyAV.
        """
        target = Path(path).expanduser().absolute()
        if not (math.isfinite(fps) and 0 < fps <= MOST_FPS):
            raise ValueError(f"recording {str(path)!r}: fps must be above 0 and at most {MOST_FPS:g}, not {fps}")
        if not 0 <= quality <= 1:
            raise ValueError(f"recording {str(path)!r}: quality must lie in 0..1, not {quality}")
        open_writer = writer_for(target)
        if not target.parent.is_dir():
            raise FileNotFoundError(f"recording {str(path)!r}: there is no folder {str(target.parent)!r}")
        if target.is_dir():
            raise IsADirectoryError(f"recording {str(path)!r} is a folder; name a file in it")
        for other, film in self.by_subject.items():
            if film.state in ("recording", "saving") and (other == subject or film.path == target):
                raise RuntimeError(f"{film.path} is still {film.state}; stop it and wait until it is saved")
        film = Film(target, open_writer, fps=float(fps), quality=quality, ended=self._waker())
        self.by_subject.pop(subject, None)  # so that the newest is last
        self.by_subject[subject] = film
        self._untold.append(film)
        self.idle = False

    def _waker(self) -> Callable[[], None]:
        """Returns a function that calls ``on_end``. A film that holds it does not keep the view alive."""
        reference = weakref.ref(self)

        def wake() -> None:
            if (films := reference()) is not None and films.on_end is not None:
                films.on_end()

        return wake

    def stop(self, subject: str) -> Path:
        """Ends the recording of ``subject`` and returns the path where it will be saved.

        Raises RuntimeError if it is not being recorded. The error says why if the recording has failed.
        """
        film = self.by_subject.get(subject)
        if film is None or film.state != "recording":
            raise RuntimeError(_not_recorded(subject, film)) from (film.error if film is not None else None)
        film.stop()
        return film.path

    def state(self, subject: str) -> RecordState:
        """The next possible action for ``subject``: starting, stopping, or waiting until it is saved."""
        film = self.by_subject.get(subject)
        if film is None or film.state not in ("recording", "saving"):
            return "ready"
        return "recording" if film.state == "recording" else "saving"

    def due(self, now: float) -> list[str]:
        """Subjects that need a frame at ``now``, in seconds of `time.monotonic`."""
        return [subject for subject, film in self.by_subject.items() if film.due(now)]

    def offer(self, subject: str, shot: Shot) -> None:
        """Passes a frame to the film of ``subject``."""
        self.by_subject[subject].offer(shot)

    def news(self) -> list[str]:
        """Messages about recordings that have ended since the last call."""
        ended = [film for film in self._untold if film.state not in ("recording", "saving")]
        self._untold = [film for film in self._untold if film not in ended]
        failures, self._failures = self._failures, []
        self.idle = not self._untold
        return [*failures, *(sentence for film in ended if (sentence := _sentence(film)))]

    def toggle(self, subject: str, path: str | PathLike[str], *, fps: float, quality: float) -> None:
        """Stops or starts the recording of ``subject``. `news` reports what would otherwise be raised."""
        try:
            if self.state(subject) == "recording":
                self.stop(subject)
            else:
                self.start(subject, path, fps=fps, quality=quality)
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            self._failures.append(str(error))
            self.idle = False

    def close(self) -> None:
        """Ends every recording and waits until all are saved."""
        _finish(self.by_subject)


def _not_recorded(subject: str, film: Film | None) -> str:
    """Why there is nothing to stop."""
    if film is not None and film.state == "failed":
        return f"the recording {film.path} failed after {film.frames} frames: {film.error}"
    what = f"canvas {subject!r}" if subject else "the view"
    before = f"; {film.path} was stopped before, and is {film.state}" if film is not None else ""
    return f"{what} is not being recorded{before}; start_recording comes first"


def _sentence(film: Film) -> str:
    """What the user should know about an ended film, apart from its being saved."""
    if film.state == "failed":
        return f"The recording {film.path} failed: {film.error}"
    if film.state == "empty":
        return f"The recording {film.path} was stopped before there was a frame to record; there is no file."
    if film.dropped:
        return (
            f"The recording {film.path} has {film.frames} frames and lacks {film.dropped}, which came faster than they "
            "could be written; a lower fps would space them evenly."
        )
    return ""


def _finish(films: dict[str, Film]) -> None:
    for film in films.values():
        film.stop()
    for film in films.values():
        film.join()
