"""Tiles, the jobs of a compositor, and how a canvas becomes one."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import torch

from ..annotations.palette import Palette
from ..pictures import tensors
from ..pictures.arrangement import PLAIN, Arrangement
from ..pictures.grid import Grid
from .scaling import scaling
from .second import Second

Filter = Literal["nearest", "linear", "area"]
Transfer = Literal["display", "linear"]
Channels = Literal["auto", "r", "g", "b", "a"]
Crop = tuple[float, float, float, float]

MOST_TEXELS = 1 << 26
"""Maximum texels that an averaging tile reads: as many as 8192 x 8192 has. From a larger source it reads only every
k-th texel of every k-th row, because the training waits: on two cores, lavapipe takes 1.3 s for this many and 8.4 s for
16384 x 16384, and torch a fifth of that."""
LEAST_SAMPLES = 4
"""Fewest texels per axis that a pixel averages before any are skipped, even if the tile then exceeds `MOST_TEXELS`: the
picture must remain an average."""


class Tile(NamedTuple):
    """One picture to composite: ``crop`` of ``source`` at ``width`` x ``height`` pixels.

    Attributes:
        source: A checked, detached tensor with at least one texel; any device and strides. (H, W) or (H, W, C); with a
            ``grid``, (N, H, W, C).
        crop: Left, top, right and bottom in texels, within the source. Filters read beyond the crop, but not beyond the
            source.
        filter: ``"nearest"``; ``"linear"``, interpolation between texel centres like `torch.nn.functional.interpolate`
            with ``align_corners=False``; or ``"area"``, the mean over each pixel's footprint.
        transfer: ``"display"`` keeps values as they are, ``"linear"`` applies the sRGB curve of IEC 61966-2-1.
        gain, offset: A filtered value ``v`` becomes ``v * gain + offset``. Alpha is affected only if it is shown alone.
        colormap: A `cmap` name for a single channel, whose colours are painted as they are; None for grey.
        channels: ``"auto"`` shows grey, RGB or RGBA by the channel count; RGBA is shown over a checkerboard, with each
            channel filtered separately. Any other value shows that channel alone. A one-channel tensor always shows its
            channel, and a missing alpha is 1.
        palette: Paints the integers of a label map, before the filter, so that filters mix colours, not numbers. What
            paints nothing shows the checkerboard. ``transfer``, ``gain``, ``offset``, ``colormap`` and ``channels`` do
            not count then. None for numbers.
        grid: How the pictures of the source lie on a sheet, whose texels ``crop`` then counts. Gaps are painted
            `GAP_GRAY`, and filters mix them with the colours at the edges of the pictures, not with their values. None
            for a single picture.
        steps: (down, across): the strides at which rows and columns of the sheet are read.
        scaling: (N, 2, 4) float32 on the source's device, for a grid: ``v`` of a picture and channel counts as ``(v -
            scaling[picture, 0, channel]) * scaling[picture, 1, channel]``. None leaves values as they are.
        second: An overlay, or what to show the difference to; None for neither.

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
    palette: Palette | None = None
    grid: Grid | None = None
    steps: tuple[int, int] = (1, 1)
    scaling: torch.Tensor | None = None
    second: Second | None = None

    @property
    def whole(self) -> bool:
        """True if it shows a whole tensor, which is not a sheet, one pixel per texel."""
        if self.grid is not None:
            return False
        height, width = self.source.shape[:2]
        return (self.height, self.width) == (height, width) and self.crop == (0, 0, width, height)

    @property
    def positions(self) -> tuple[range, range]:
        """The rows and columns of the source, or of its sheet, that are read."""
        if self.grid is None:
            height, width = self.source.shape[:2]
            return range(height), range(width)
        (height, width), (down, across) = self.grid.size, self.steps
        return range(down // 2, height, down), range(across // 2, width, across)


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
    palette: Palette | None = None,
    arranged: Arrangement = PLAIN,
    second: Second | None = None,
    crop: Crop | None = None,
) -> Tile | None:
    """Plans the tile of a canvas with ``room`` device pixels (width, height); None for a tensor with no texels.

    ``tensor`` is checked for ``arranged``. A batch becomes a sheet, whose texels ``crop`` counts. The source of
    ``second`` is (N, H, W, C), with the same number of pictures of the same size.

    A tile has no more pixels than ``crop`` has texels (None: the whole tensor), because the page magnifies, and no more
    than are visible. A tile smaller than its crop averages over each pixel's area: over all texels up to `MOST_TEXELS`,
    beyond that over a coarser grid, a view of ``tensor`` that becomes the tile's source.

    Raises ValueError for a crop that is empty or not within the tensor.
    """
    partial = crop is not None
    source = arranged.single(tensor)
    grid = arranged.grid(tensor) if source is None else None
    source = arranged.pictures(tensor) if source is None else source
    other = None if second is None else second.source if grid is not None else second.source[0]
    height, width = tensors.size(source) if grid is None else grid.size
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
    steps = _steps(down, across, tile_height, tile_width) if averaged else (1, 1)
    if steps != (1, 1):
        crop = _sampled(crop, steps, height, width)
        if grid is None:
            read = slice(steps[0] // 2, None, steps[0]), slice(steps[1] // 2, None, steps[1])
            source, other = source[read], None if other is None else other[read]
    if partial and grid is None and (averaged or (tile_width, tile_height) == (across, down)):
        read, crop = _narrowed(crop)
        source, other = source[read], None if other is None else other[read]
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
        palette=palette,
        grid=grid,
        steps=steps if grid is not None else (1, 1),
        scaling=None if grid is None else scaling(source, arranged),
        second=None if second is None or other is None else second._replace(source=other),
    )


def _sampled(crop: Crop, steps: tuple[int, int], height: int, width: int) -> Crop:
    """``crop`` of ``height`` x ``width`` texels, in those that are read: each stands for the block around it."""
    left, top, right, bottom = crop
    down, across = steps
    # A truncated last block may have no middle.
    rows, columns = len(range(down // 2, height, down)), len(range(across // 2, width, across))
    return (left / across, top / down, min(right / across, columns), min(bottom / down, rows))


def _narrowed(crop: Crop) -> tuple[tuple[slice, slice], Crop]:
    """The rows and columns that a tile of ``crop`` reads, and the crop relative to these."""
    left, top, right, bottom = crop
    first_row, first_column = math.floor(top), math.floor(left)
    read = slice(first_row, math.ceil(bottom)), slice(first_column, math.ceil(right))
    return read, (left - first_column, top - first_row, right - first_column, bottom - first_row)


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
