"""Which part of a frame is new, and for how long it is shown: what formats made of still pictures are written from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..pictures.pixels import Pixels

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels."""


class FrameDiff:
    """Passes frames on as the part that differs from the one before, and how many ticks that is shown.

    ``emit`` is called with that part, (height, width, 3) uint8, its left and top, and ticks. ``rate`` is ticks a
    second, ``least`` and ``most`` are ticks that a part may be shown. Rounding is carried from frame to frame, and a
    frame like the one before only has that shown longer. ``even`` has left and top be even numbers.
    """

    def __init__(
        self, emit: Callable[[Pixels, int, int, int], None], *, rate: int, least: int, most: int, even: bool
    ) -> None:
        self._emit = emit
        self._rate, self._least, self._most, self._even = rate, least, most, even
        self._shown: Pixels | None = None
        self._box: Box = (0, 0, 0, 0)  # of what is shown, where it differed from what was before
        self._told = 0  # ticks so far
        self._begun = 0.0

    def add(self, pixels: Pixels, at: float) -> None:
        """The next frame."""
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
        """There are no more; the last is shown until ``at``. Raises RuntimeError where there was none."""
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
    """The smallest box outside which they are equal; None where they are all equal."""
    differs = (one != other).any(axis=2)
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if rows.size == 0:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
