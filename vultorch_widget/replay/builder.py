"""Builds the replay of a run: what was shown at chosen steps, and the values of controls, in bounded memory.

The builder receives pixels and controls but never a tensor, so it keeps none of the user's memory alive.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from ..annotations.layers import LABELS, OVERLAY
from ..basics.arguments import integer
from ..pictures.pixels import Pixels
from ..pictures.png import SMALL
from .control_history import Change, ControlHistory
from .encoded_pictures import Blob, exact_blob, key_blob
from .key_frames import Annotations, Controls, KeyFrame, KeyFrames, size, size_of
from .left_frames import NONE_LEFT, LeftLine

MOST_FRAMES = 240
MOST_BYTES = 8 << 20
MOST_SIDE = 512
"""Maximum pixels per side of a recorded picture."""
LEAST_LEFT = 3
"""Abandoned branches may take a third of a replay's bytes, or all that the present leaves unused."""
_LEAST_BYTES = 1 << 16
_HARD_FRAMES, _HARD_BYTES = 10_000, 64 << 20
"""The maximum that a page plays: see `reader`."""


class ReplayBuilder:
    """Keeps at most ``most_frames`` key frames, whose pictures take at most ``most_bytes`` of base64 in all.

    Raises ValueError unless ``most_frames`` is from 2 to 10,000 and ``most_bytes`` from 64 KiB to 64 MiB.
    """

    def __init__(self, *, most_frames: int = MOST_FRAMES, most_bytes: int = MOST_BYTES) -> None:
        frames = integer(most_frames)
        if frames is None or frames < 2:
            raise ValueError(f"a replay has at least 2 key frames, not {most_frames}")
        if most_bytes < _LEAST_BYTES:
            raise ValueError(f"a replay takes at least {_LEAST_BYTES} bytes, not {most_bytes}")
        if frames > _HARD_FRAMES:
            raise ValueError(f"a replay has at most {_HARD_FRAMES} key frames, not {most_frames}")
        if most_bytes > _HARD_BYTES:
            raise ValueError(f"a replay takes at most {_HARD_BYTES} bytes, not {most_bytes}")
        self.most_bytes = int(most_bytes)
        self.key_frames = KeyFrames(frames, self.most_bytes)
        self.changes = ControlHistory()
        self.left: Mapping[str, LeftLine] = NONE_LEFT
        """The key frames of abandoned branches, by name. Replaced as a whole, because other threads read it."""
        self.final: KeyFrame | None = None
        self.exact: dict[int, Blob] = {}  # lossless versions of blobs, by id(blob)
        self._newest: dict[str, tuple[Pixels, Blob]] = {}
        self._exact: dict[str, tuple[Pixels, Blob]] = {}
        self._annotations: Annotations = {}

    def side(self, canvases: int) -> int:
        """Maximum pixels per side of a picture, for this number of ``canvases``.

        The last pictures are kept without loss, and noise takes three bytes per pixel. They must never need more than
        half of `most_bytes`.
        """
        pixels = self.most_bytes * 3 / 4 / 2 / 3 / max(1, canvases)
        return max(1, min(MOST_SIDE, math.isqrt(int(pixels * 0.95))))

    def wants(self, step: int) -> bool:
        """True if a key frame of ``step`` would be kept for a while; otherwise making one is wasted work."""
        return self.key_frames.wants(step)

    def take(
        self,
        step: int,
        pictures: Mapping[str, Pixels],
        controls: Controls,
        annotations: Annotations | None = None,
        *,
        event: bool = False,
    ) -> None:
        """Records ``pictures``, (height, width, 4) uint8 by canvas, what is drawn over them, and ``controls`` by panel,
        for ``step``.

        A step before the newest one means a new run: the recorded one is dropped. Key frames of an ``event`` are kept
        when others are dropped.
        """
        frames = self.key_frames.frames
        if frames and step < frames[-1].step:
            self.clear()
        blobs = {canvas: self._blob(canvas, pixels) for canvas, pixels in pictures.items()}
        self._newest = {canvas: self._newest[canvas] for canvas in blobs}
        self.key_frames.add(KeyFrame(step, blobs, dict(controls), event, self._drawn(annotations)))
        self.final = None
        self.exact.clear()

    def _drawn(self, annotations: Annotations | None) -> Annotations:
        """``annotations``, with known objects in place of equal ones."""
        known, given = self._annotations, annotations or {}
        self._annotations = {
            canvas: known[canvas] if known.get(canvas) == marks else marks for canvas, marks in given.items()
        }
        return self._annotations

    def _blob(self, canvas: str, pixels: Pixels) -> Blob:
        known = self._newest.get(canvas)
        if known is not None and np.array_equal(known[0], pixels):
            return known[1]
        blob = _encoded(canvas, pixels)
        self._newest[canvas] = pixels.copy(), blob
        return blob

    @staticmethod
    def key_frame(step: int, pictures: Mapping[str, Pixels], controls: Controls, annotations: Annotations) -> KeyFrame:
        """A key frame of an event, with the arguments of `take`, that is not recorded."""
        blobs = {canvas: _encoded(canvas, pixels) for canvas, pixels in pictures.items()}
        return KeyFrame(step, blobs, dict(controls), event=True, annotations=annotations)

    def finish(
        self,
        step: int,
        pictures: Mapping[str, Pixels],
        controls: Controls,
        level: int = SMALL,
        annotations: Annotations | None = None,
    ) -> None:
        """Records ``pictures`` without loss, as the end of the replay so far. ``level`` is zlib's; see also `take`."""
        frames = self.key_frames.frames
        if frames and step < frames[-1].step:
            self.clear()
        blobs = {}
        self.exact.clear()
        for canvas, pixels in pictures.items():
            known = self._exact.get(canvas)
            if known is None or not np.array_equal(known[0], pixels):
                known = pixels.copy(), exact_blob(pixels, level)
            self._exact[canvas] = known
            blobs[canvas] = known[1]
            newest = self._newest.get(canvas)
            if newest is not None and np.array_equal(newest[0], pixels):  # unchanged since the last key frame
                self.exact[id(newest[1])] = known[1]
        self._exact = {canvas: self._exact[canvas] for canvas in blobs}
        self.final = KeyFrame(step, blobs, dict(controls), annotations=self._drawn(annotations))
        self.key_frames.limit(self.most_bytes - size(self.final) - self._room_for_left())

    def _room_for_left(self) -> int:
        """How many bytes the present leaves for abandoned branches: as many as they need, at most a third."""
        lines = [line.frames for line in self.left.values()]
        if not lines:
            return 0
        needed = size_of(self.key_frames.frames, *lines).characters - self.key_frames.bytes
        return min(needed, self.most_bytes // LEAST_LEFT)

    def observe(self, step: int, controls: Controls) -> list[tuple[str, str]]:
        """Records and returns which ``controls`` changed since the last call: see `ControlHistory.observe`."""
        return self.changes.observe(step, controls)

    def replace(self, frames: Iterable[KeyFrame], changes: Iterable[Change]) -> None:
        """Replaces key frames and control changes, each in order of their steps: the run went back."""
        self.key_frames.replace(frames)
        self.changes.replace(changes)
        self.final = None
        self.exact.clear()

    def clear(self) -> None:
        """Drops the run. The current values of controls become the initial values of the next."""
        self.key_frames.clear()
        self.changes.clear()
        self.final = None
        self.left = {name: line._replace(shared=-1) for name, line in self.left.items()}  # none are shared now


def _encoded(canvas: str, pixels: Pixels) -> Blob:
    return exact_blob(pixels) if canvas.startswith((LABELS, OVERLAY)) else key_blob(pixels)
