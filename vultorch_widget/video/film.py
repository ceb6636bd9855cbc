"""One recording: a bounded queue of frames, and a thread that writes them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

import numpy as np

from ..basics.atomic_file import whole
from ..pictures.pixels import Pixels, to_image
from .writer import MakeWriter, Writer

MOST_WAITING = 8
"""Maximum frames in the queue. Further frames are dropped: the training must not wait."""
MOST_WAITING_BYTES = 64 << 20
"""Maximum bytes in the queue. A single frame is always accepted."""

State = Literal["recording", "saving", "saved", "failed", "empty"]


class Shot(NamedTuple):
    """A frame taken at ``at`` seconds. ``draw`` makes its pixels from ``size`` bytes, on the film's thread."""

    draw: Callable[[], Pixels]
    size: int
    at: float


class Film:
    """Writes frames to ``path`` until `stop`. The thread that makes it also offers the frames.

    Attributes, readable on any thread:
        state: ``recording``; ``saving`` after `stop`; then ``saved``, ``empty`` if there was no frame (and no file),
            or ``failed`` for the reason in ``error``.
        frames, dropped, bytes: Frames written, frames dropped from a full queue, and bytes in the file so far.
        first_at, last_at: Times of the first frame and of the last, or of `stop`, in seconds of `time.monotonic`.

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

    # --- on the recording thread
    # -----------------------------------------------------------------------------------------

    def due(self, now: float) -> bool:
        """True if a frame should be taken at ``now``. On average there are at most ``fps`` a second."""
        return self.state == "recording" and now >= self._due

    def offer(self, shot: Shot) -> None:
        """Queues ``shot``, unless the queue is full."""
        with self._changed:
            due = self._due + 1 / self.fps
            # The first frame, and the first after a pause, restart the schedule.
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
        """Ends the recording. Queued frames are still written. Safe to call again, on any thread."""
        with self._changed:
            if self.state == "recording":
                self.state = "saving"
                self.last_at = time.monotonic()
            self._stopping = True
            self._changed.notify()

    def join(self) -> None:
        """Waits until the file is saved or has failed."""
        self._thread.join()

    @property
    def seconds(self) -> float:
        """Time from the first frame to the last, or to the end."""
        return self.last_at - self.first_at if self.first_at else 0.0

    # --- on the film's thread
    # --------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._end(self._write())
        except Exception as error:  # a full disk, a deleted folder, an encoder's error: reported in any case
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
        """Waits for the next frame. None if there are no more."""
        with self._changed:
            while not self._waiting and not self._stopping:
                self._changed.wait()
            if not self._waiting:
                return None
            shot = self._waiting.popleft()
            self._waiting_bytes -= shot.size
            return shot


def fitted(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """``pixels`` scaled to fit ``size`` (height, width), on black; unchanged if they already have that size."""
    height, width = size
    if pixels.shape[:2] == size:
        return pixels
    scale = min(height / pixels.shape[0], width / pixels.shape[1])
    down, across = (max(1, round(side * scale)) for side in pixels.shape[:2])
    framed = np.zeros((height, width, 3), np.uint8)
    top, left = (height - down) // 2, (width - across) // 2
    framed[top : top + down, left : left + across] = np.asarray(to_image(pixels).resize((across, down)))
    return framed
