"""Tiles, the jobs of a compositor, and how a canvas becomes one."""

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
"""Most texels that an averaging tile reads, as many as 8192 x 8192 has. From a larger source it reads every k-th texel
of every k-th row, because the training waits: lavapipe on two cores takes 1.3 s for this many, and 8.4 s for 16384 x
16384."""
LEAST_SAMPLES = 4
"""Fewest texels per axis that a pixel averages before any are skipped, even if the tile then exceeds `MOST_TEXELS`: the
picture must remain an average."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture to composite: ``crop`` of ``source`` at ``width`` x ``height`` pixels.

    Attributes:
        source: A checked, detached tensor with at least one texel; any device and strides.
        crop: Left, top, right and bottom in texels, within the source. Filters read beyond the crop, but not beyond the
            source.
        filter: ``"nearest"``; ``"linear"``, interpolation between texel centres like `torch.nn.functional.interpolate`
            with ``align_corners=False``; or ``"area"``, the mean over each pixel's footprint.
        transfer: ``"display"`` keeps values as they are, ``"linear"`` applies the sRGB curve of IEC 61966-2-1.
        gain, offset: A filtered value ``v`` becomes ``v * gain + offset``. Alpha is affected only if it is shown alone.
        colormap: A `cmap` name for a single channel, whose colours are painted as they are; None for gray.
        channels: ``"auto"`` shows gray, RGB or RGBA by the channel count; RGBA is shown over a checkerboard, with each
            channel filtered separately. Any other value shows that channel alone. A one-channel tensor always shows its
            channel, and a missing alpha is 1.

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
    """Plans the tile of a canvas with ``room`` device pixels (width, height); None for a tensor with no texels.

    A tile has no more pixels than ``crop`` has texels (None: the whole tensor), because the page magnifies, and no more
    than are visible. A tile smaller than its crop averages over each pixel's area: over all texels up to `MOST_TEXELS`,
    beyond that over a coarser grid, a view of ``tensor`` that becomes the tile's source.

    Raises ValueError for a crop that is empty or not within the tensor.
    """
    height, width = tensors.size(tensor)
    if height == 0 or width == 0:
        return None
    left, top, right, bottom = crop = crop or (0.0, 0.0, float(width), float(height))
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise ValueError(f"crop {crop} is not inside a tensor of {width} x {height} texels (left, top, right, bottom)")
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
    """``tensor`` and ``crop``, or a view with fewer texels for a tile of ``width`` x ``height`` pixels to average.

    Each texel of the view represents the block of texels around it.
    """
    left, top, right, bottom = crop
    down, across = _steps(bottom - top, right - left, height, width)
    if down == across == 1:
        return tensor, crop
    view = tensor[down // 2 :: down, across // 2 :: across]
    rows, columns = tensors.size(view)
    # A truncated last block may have no middle.
    return view, (left / across, top / down, min(right / across, columns), min(bottom / down, rows))


def _steps(down: float, across: float, height: int, width: int) -> tuple[int, int]:
    """The row and column steps with which to read ``down`` x ``across`` texels.

    They are odd if possible. Most patterns repeat after a power of two, and an even step would always hit the same
    phase: a checkerboard would be all black.
    """
    most = [max(1, int(texels / pixels / LEAST_SAMPLES)) for texels, pixels in ((down, height), (across, width))]
    step = math.isqrt(int(down * across) // MOST_TEXELS) | 1
    while step < max(most) and _count(down, min(step, most[0])) * _count(across, min(step, most[1])) > MOST_TEXELS:
        step += 2
    return min(step, most[0]), min(step, most[1])


def _count(texels: float, step: int) -> int:
    return math.ceil(texels / step)
