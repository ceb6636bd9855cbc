"""Tells which tiles a single small kernel can make; see `cuda/direct.py`."""

from __future__ import annotations

import torch

from .plan import Tile

DTYPES = (torch.float32, torch.float16, torch.bfloat16, torch.uint8)
MOST_PIXELS = 1 << 26
"""Maximum pixels of a picture: the kernel counts threads with 32 bits."""
MOST_FOOTPRINT = 1 << 14
"""Maximum texels of a pixel. A warp makes a pixel, and with more texels, the training would wait for its loop."""


def is_direct(tile: Tile) -> bool:
    """True if the picture of ``tile`` needs no more than a mean of texels, gain and offset.

    That is a single tensor as colours or grey, at its own size or reduced. Filters that magnify, colormaps, labels,
    sheets of several pictures, single channels, linear light, overlays and differences are not.
    """
    if tile.grid is not None or tile.second is not None or tile.palette is not None:
        return False
    source = tile.source
    if source.dtype not in DTYPES or source.is_neg():  # a negated view stores the opposite sign
        return False
    if tile.channels != "auto" or tile.transfer != "display" or tile.width * tile.height > MOST_PIXELS:
        return False
    grey = source.dim() == 2 or source.shape[2] == 1
    if grey and tile.colormap is not None:
        return False
    left, top, right, bottom = tile.crop
    if tile.filter == "area":
        return (right - left) * (bottom - top) <= MOST_FOOTPRINT * tile.width * tile.height
    return tile.whole
