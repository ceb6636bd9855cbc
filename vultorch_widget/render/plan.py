"""What a compositor is asked for: tiles, and how one canvas becomes one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch

from ..pictures import tensors

Filter = Literal["nearest", "linear", "area"]
Transfer = Literal["display", "linear"]
Channels = Literal["auto", "r", "g", "b", "a"]
Crop = tuple[float, float, float, float]

MOST_TEXELS = 1 << 26
"""Texels that a tile reads at most where it averages: those of 8192 x 8192. Of a larger source it reads every k-th of
every k-th row, for the training waits: lavapipe on two cores takes 1.3 s for these, and 8.4 s for 16384 x 16384."""
LEAST_SAMPLES = 4
"""Texels along an axis that each pixel averages at least before any of them are left out, whatever the tile then reads:
the picture has to stay an average."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture to composite: ``crop`` of ``source`` at ``width`` x ``height`` pixels.

    Attributes:
        source: A checked, detached tensor with at least one texel; any device and strides.
        crop: Left, top, right and bottom in texels, within the source. Filters look beyond it, not beyond the source.
        filter: ``"nearest"``; ``"linear"``, interpolation between texel centres as `torch.nn.functional.interpolate`
            has it with ``align_corners=False``; or ``"area"``, the mean over each pixel's footprint.
        transfer: ``"display"`` leaves values as they are, ``"linear"`` applies the sRGB curve of IEC 61966-2-1.
        gain, offset: A filtered value ``v`` becomes ``v * gain + offset``; alpha only where it is shown alone.
        colormap: A `cmap` name for a single channel, whose colours are painted as they are; None for gray.
        channels: ``"auto"`` shows gray, RGB or RGBA by the channel count, RGBA over a checkerboard, each filtered by
            itself; else one channel alone. A tensor of one channel shows that, and an alpha that is not there is 1.

    """

    source: torch.Tensor
    crop: Crop
    width: int
    height: int
    filter: Filter = "linear"
    transfer: Transfer = "display"
    gain: float = 1.0
    offset: float = 0.0
    colormap: str | None = None
    channels: Channels = "auto"


def plan_tile(
    tensor: torch.Tensor,
    room: tuple[int, int],
    *,
    filter: Literal["nearest", "linear"],
    fit: Literal["contain", "stretch", "natural"],
    color: Transfer = "display",
    gain: float = 1.0,
    offset: float = 0.0,
    colormap: str | None = None,
    channels: Channels = "auto",
    crop: Crop | None = None,
) -> Tile | None:
    """The tile of a canvas that has ``room``, device pixels (width, height); None for a tensor with no texels.

    A tile has no more pixels than ``crop`` (None: all) has texels, for the page magnifies, and no more than the room
    shows of it. One that is smaller than its crop averages over the area of each pixel: over all of it up to
    `MOST_TEXELS`, beyond that over the texels of a coarser grid, which is then the tile's source, a view of ``tensor``.

    Raises ValueError for a crop that is empty or not within the tensor.
    """
    height, width = tensors.size(tensor)
    if height == 0 or width == 0:
        return None
    left, top, right, bottom = crop = crop or (0.0, 0.0, float(width), float(height))
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise ValueError(f"crop {crop} is no part of a tensor of {width} x {height} texels (left, top, right, bottom)")
    across, down = right - left, bottom - top
    shown_width, shown_height = room
    if fit != "stretch":
        scale = min(shown_width / across, shown_height / down)
        shown_width, shown_height = round(across * scale), round(down * scale)
    tile_width = max(1, min(math.ceil(across), shown_width))
    tile_height = max(1, min(math.ceil(down), shown_height))
    averaged = tile_width < across or tile_height < down
    source, crop = _sampled(tensor, crop, tile_width, tile_height) if averaged else (tensor, crop)
    return Tile(
        source=source,
        crop=crop,
        width=tile_width,
        height=tile_height,
        filter="area" if averaged else filter,
        transfer=color,
        gain=gain,
        offset=offset,
        colormap=colormap,
        channels=channels,
    )


def _sampled(tensor: torch.Tensor, crop: Crop, width: int, height: int) -> tuple[torch.Tensor, Crop]:
    """``tensor`` and ``crop``, or what a tile of ``width`` x ``height`` pixels averages in their place.

    Each texel of the view stands for the block of texels that it is in the middle of.
    """
    left, top, right, bottom = crop
    down, across = _steps(bottom - top, right - left, height, width)
    if down == across == 1:
        return tensor, crop
    view = tensor[down // 2 :: down, across // 2 :: across]
    rows, columns = tensors.size(view)
    # A last block that is cut off may have no middle.
    return view, (left / across, top / down, min(right / across, columns), min(bottom / down, rows))


def _steps(down: float, across: float, height: int, width: int) -> tuple[int, int]:
    """Which rows and which columns of ``down`` x ``across`` texels to read: every so many-th.

    Odd where possible: most patterns repeat after a power of two, and an even step would always meet them at the same
    place, so that a checkerboard would be all black.
    """
    most = [max(1, int(texels / pixels / LEAST_SAMPLES)) for texels, pixels in ((down, height), (across, width))]
    step = math.isqrt(int(down * across) // MOST_TEXELS) | 1
    while step < max(most) and _count(down, min(step, most[0])) * _count(across, min(step, most[1])) > MOST_TEXELS:
        step += 2
    return min(step, most[0]), min(step, most[1])


def _count(texels: float, step: int) -> int:
    return math.ceil(texels / step)
