"""Finds the changed part of a frame and its duration, for formats made of still pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..pictures.pixels import Pixels

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels."""


class FrameDiff:
    """Passes on the part of each frame that differs from the previous one, and for how many ticks it is shown.

    ``emit`` is called with that part, (height, width, 3) uint8, its left and top, and the ticks. ``rate`` is in ticks
    per second; ``least`` and ``most`` limit the ticks of a part. Rounding errors are carried over to the next frame. An
    unchanged frame only prolongs the previous one. ``even`` makes left and top even numbers.
    """

    def __init__(
        self, emit: Callable[[Pixels, int, int, int], None], *, rate: int, least: int, most: int, even: bool
    ) -> None:
        self._emit = emit
        self._rate, self._least, self._most, self._even = rate, least, most, even
        self._shown: Pixels | None = None
        self._box: Box = (0, 0, 0, 0)  # where the shown frame differs from the previous one
        self._told = 0  # ticks emitted so far
        self._begun = 0.0

    def add(self, pixels: Pixels, at: float) -> None:
        """Adds the next frame."""
        pixels = np.ascontiguousarray(pixels[..., :3])
        if self._shown is None:
            self._begun, self._box = at, (0, 0, pixels.shape[1], pixels.shape[0])
        elif (box := _difference(self._shown, pixels)) is None:
            return
        else:
            self._tell(at)
            self._box = (box[0] & ~1, box[1] & ~1, box[2], box[3]) if self._even else box
        self._shown = pixels

    def finish(self, at: float) -> None:
        """Ends the film; the last frame is shown until ``at``. Raises RuntimeError if there was no frame."""
        if self._shown is None:
            raise RuntimeError("a moving picture has at least one frame")
        self._tell(at)

    def _tell(self, until: float) -> None:
        left, top, right, bottom = self._box
        ticks = round((until - self._begun) * self._rate) - self._told
        ticks = min(max(ticks, self._least), self._most)
        self._told += ticks
        if self._shown is not None:
            self._emit(self._shown[top:bottom, left:right], left, top, ticks)


def _difference(one: Pixels, other: Pixels) -> Box | None:
    """The smallest box that contains all differences, or None if there are none."""
    differs = (one != other).any(axis=2)
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if rows.size == 0:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
