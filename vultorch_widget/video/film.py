"""One recording: frames wait in a bounded queue for a thread that writes them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np

from ..basics.atomic_file import whole
from ..pictures.pixels import Pixels, to_image
from .writer import MakeWriter, Writer

MOST_WAITING = 8
"""Frames that wait to be written; more are dropped, for the training does not wait."""
MOST_WAITING_BYTES = 64 << 20
"""The same in bytes; one frame may always wait."""

State = Literal["recording", "saving", "saved", "failed", "empty"]


@dataclass(frozen=True, slots=True)
class Shot:
    """A frame to write, as of ``at`` seconds: ``draw`` makes its pixels from ``size`` bytes, on the film's thread."""

    draw: Callable[[], Pixels]
    size: int
    at: float


class Film:
    """Writes frames to ``path`` until it is told to `stop`. Made on one thread, which offers frames.

    Attributes, to be read on any thread:
        state: ``recording``; ``saving``, from `stop` on; then ``saved``, ``empty`` where there was no frame (and there
            is no file), or ``failed`` for the reason in ``error``.
        frames, dropped, bytes: Written, given up because too many waited, and in the file so far.
        first_at, last_at: Seconds of `time.monotonic` of the first frame and of the last, or of `stop`.

    """

    def __init__(
        self, path: Path, open_writer: MakeWriter, *, fps: float, quality: float, ended: Callable[[], None]
    ) -> None:
        self.path = path
        self.fps = fps
        self.state: State = "recording"
        self.error: Exception | None = None
        self.frames = self.dropped = self.bytes = 0
        self.first_at = self.last_at = 0.0
        self._open = open_writer
        self._quality = quality
        self._ended = ended
        self._due = 0.0
        self._size: tuple[int, int] | None = None  # height, width
        self._waiting: deque[Shot] = deque()
        self._waiting_bytes = 0
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"recording {path.name}", daemon=True)
        self._thread.start()

    # --- on the thread that records ----------------------------------------------------------------------------------

    def due(self, now: float) -> bool:
        """Whether a frame of ``now`` is wanted: there are at most ``fps`` a second, on average."""
        return self.state == "recording" and now >= self._due

    def offer(self, shot: Shot) -> None:
        """Has ``shot`` written, unless too much waits already."""
        with self._changed:
            due = self._due + 1 / self.fps
            # The first frame, and one after a pause, begin the count anew.
            self._due = due if due > shot.at else shot.at + 1 / self.fps
            if self._stopping or self.state != "recording":
                return
            if not self.first_at:
                self.first_at = shot.at
            self.last_at = shot.at
            full = self._waiting_bytes + shot.size > MOST_WAITING_BYTES or len(self._waiting) >= MOST_WAITING
            if full and self._waiting:
                self.dropped += 1
                return
            self._waiting.append(shot)
            self._waiting_bytes += shot.size
            self._changed.notify()

    def stop(self) -> None:
        """There are no more frames; what waits is still written. Safe to call again, on any thread."""
        with self._changed:
            if self.state == "recording":
                self.state = "saving"
                self.last_at = time.monotonic()
            self._stopping = True
            self._changed.notify()

    def join(self) -> None:
        """Waits until the file is there, or has failed."""
        self._thread.join()

    @property
    def seconds(self) -> float:
        """From the first frame to the last, or to the end."""
        return self.last_at - self.first_at if self.first_at else 0.0

    # --- on its own --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._end(self._write())
        except Exception as error:  # disk full, a folder that went, an encoder's: whatever it is, it is told
            self.error = error
            self._end("failed")

    def _end(self, state: State) -> None:
        with self._changed:
            self.state = state
            self._waiting.clear()
        self._ended()

    def _write(self) -> State:
        shot = self._next()
        if shot is None:
            return "empty"
        with whole(self.path) as file:
            writer = self._open(file, self._quality, self.fps)
            while shot is not None:
                self._add(writer, shot, file)
                shot = self._next()
            writer.finish(self.last_at)
            self.bytes = file.tell()
        return "saved"

    def _add(self, writer: Writer, shot: Shot, file: BinaryIO) -> None:
        pixels = shot.draw()
        if self._size is None:
            self._size = pixels.shape[:2]
        writer.add(fitted(pixels, self._size), shot.at)
        self.frames += 1
        self.bytes = file.tell()

    def _next(self) -> Shot | None:
        """The next frame, waited for; None where there are no more."""
        with self._changed:
            while not self._waiting and not self._stopping:
                self._changed.wait()
            if not self._waiting:
                return None
            shot = self._waiting.popleft()
            self._waiting_bytes -= shot.size
            return shot


def fitted(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """``pixels`` within ``size`` (height, width), as large as they fit, on black; themselves where they fill it."""
    height, width = size
    if pixels.shape[:2] == size:
        return pixels
    scale = min(height / pixels.shape[0], width / pixels.shape[1])
    down, across = (max(1, round(side * scale)) for side in pixels.shape[:2])
    framed = np.zeros((height, width, 3), np.uint8)
    top, left = (height - down) // 2, (width - across) // 2
    framed[top : top + down, left : left + across] = np.asarray(to_image(pixels).resize((across, down)))
    return framed
