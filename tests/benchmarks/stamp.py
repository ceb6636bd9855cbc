"""A frame's number, written into its picture as sixteen black or white squares along the top, which survive JPEG.

The page reads the number back from what it has painted (`probe.js`), so a frame counts only once its pixels have
arrived, whichever widget painted it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

BITS = 16
SIDE = 8
"""Texels of a square: one block of a JPEG."""


class Stamp:
    """Writes frame numbers, modulo 2**16, into the top left of ``picture`` (H >= 8, W >= 128, C) float."""

    def __init__(self, picture: torch.Tensor) -> None:
        numbers = torch.arange(1 << BITS)[:, None]
        self._bits = ((numbers >> torch.arange(BITS - 1, -1, -1)) & 1).to(picture.dtype)
        self._squares = picture[:SIDE, : BITS * SIDE, :3].unflatten(1, (BITS, SIDE))

    def write(self, number: int) -> None:
        """Takes a few microseconds."""
        self._squares.copy_(self._bits[number % (1 << BITS)][None, :, None, None])


def read(picture: np.ndarray) -> int:
    """The number in ``picture`` (H, W, C) uint8, as `probe.js` reads it."""
    centres = picture[SIDE // 2, SIDE // 2 : BITS * SIDE : SIDE, 0]
    return int("".join("1" if value > 127 else "0" for value in centres), 2)


def unwrap(seen: int, at: float, ready: Sequence[float]) -> int | None:
    """The frame whose number, modulo 2**16, was ``seen`` at time ``at``: the last matching one that was ready by then.

    ``ready`` has the time at which each frame was, increasing. Returns None if no frame matches.
    """
    newest = int(np.searchsorted(ready, at, side="right")) - 1
    frame = newest - (newest - seen) % (1 << BITS)
    return frame if frame >= 0 else None
