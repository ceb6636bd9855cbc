"""The shader's input for a tile: its variant, its push constants, and the tables that these point to."""

from __future__ import annotations

import ctypes
import struct
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from ...annotations.palette import MOST_IGNORED, Palette
from ...pictures.colormap import colormap_table
from ...pictures.grid import Grid
from ...pictures.tensors import channel_count
from ..compositor import CompositorError
from ..filter_spans import Spans, tile_spans
from ..plan import Tile
from ..scaling import alike
from ..second import Second
from .pipeline import PUSH_SIZE, Variant

_ENCODINGS = {torch.float32: 0, torch.float16: 1, torch.bfloat16: 2, torch.uint8: 3, torch.bool: 3}
_LABELS = {torch.uint8: 3, torch.bool: 3, torch.int16: 4, torch.int32: 5, torch.int64: 6}
_FILTERS = {"nearest": 1, "linear": 2, "area": 3}
_DIRECT = 0
_PLAIN, _SRGB, _COLORMAP, _LABEL_MAP = 0, 1, 2, 3
_PUSH = struct.Struct("<6Q2I4I5f7IQ")
_PALETTE = struct.Struct("<4i2I8x")
_SECOND = struct.Struct("<2Q5I2f4x")
_SECONDS = {"over": 1, "signed": 2, "absolute": 3, "squared": 4, "relative": 5}
_SPAN = np.dtype([("first", "<u4"), ("last", "<u4"), ("head", "<f4"), ("tail", "<f4")])
_MOST_ELEMENTS = 1 << 31
"""From this many elements on, or half as many of 64 bits, the shader's indices would overflow."""
_NO_LABEL = -(1 << 31)
"""What the shader never treats as ignored."""
_NO_GRID, _GRID, _SCALED, _ALIKE = 0, 1, 2, 3
_MOST_SHEET = 1 << 21
"""Most texels per side of a sheet: beyond that, the shader's quotients in single precision would be wrong."""

assert _PUSH.size == PUSH_SIZE


Region = tuple[tuple[int, int], ...]
"""The part of a source that a tile needs, as (start, end) of its first axes: pictures if it has a grid, then rows and
columns."""


class Layout(NamedTuple):
    """Where texels are on the device: the ``address`` of the texel at ``origin``, where a region starts, and strides in
    elements. The table of the tile's scaling is at ``scaling``, and its second source at ``second``.
    """

    address: int
    origin: tuple[int, ...]
    strides: tuple[int, ...]
    scaling: int = 0
    second: Layout | None = None


def readable(dtype: torch.dtype) -> torch.dtype:
    """``dtype`` itself if the shader can read it, otherwise the dtype to convert to."""
    return dtype if dtype in _ENCODINGS or dtype in _LABELS else torch.float32


class Dispatch:
    """One tile, ready to be recorded.

    Attributes:
        tile: The tile.
        variant: Selects the pipeline.
        region: The part of its source that is read.
        tables_size: Bytes of its `tables`; a multiple of 16, possibly 0.

    """

    def __init__(self, tile: Tile) -> None:
        self.tile = tile
        self._direct = _is_direct(tile)
        self._spans = None if self._direct else tile_spans(tile)
        self.variant = Variant(
            encoding=_LABELS[tile.source.dtype] if tile.palette else _ENCODINGS[readable(tile.source.dtype)],
            filter=_DIRECT if self._direct else _FILTERS[tile.filter],
            channels=_channels_read(tile),
            look=_look(tile),
            grid=_grid(tile),
            second=0 if tile.second is None else _SECONDS[tile.second.mode],
            second_encoding=0 if tile.second is None else _second_encoding(tile.second),
        )
        self.region = self._region()
        self._spans_size = 0 if self._direct else 16 * (tile.width + tile.height)
        self._tables = self._static_tables()
        over = None if tile.second is None else tile.second.palette
        self._over = b"" if over is None else _palette_table(over)
        self.tables_size = len(self._tables) + (0 if tile.second is None else _SECOND.size + len(self._over))

    def push(self, source: Layout, target: int, tables: int) -> bytes:
        """The push constants for texels at ``source``, a picture at address ``target`` and `tables` at address
        ``tables``.
        """
        tile, size = self.tile, readable(self.tile.source.dtype).itemsize
        picture, row, column, channel = _strides(tile, source.strides)
        aligned = source.address & ~3
        base = _base(source, size)
        if self._direct:
            base += int(tile.crop[1]) * row + int(tile.crop[0]) * column
        chosen = self.variant.channels == 1 and tile.channels != "auto" and channel_count(tile.source) > 1
        number = "rgba".index(tile.channels) if chosen else 0
        base += number * channel
        self._check_reach(tile.source, source)
        if tile.second is not None and source.second is not None:
            self._check_reach(tile.second.source, source.second)
        rows, colors = tables + 16 * tile.width, tables + self._spans_size
        return _PUSH.pack(
            *(aligned, target, tables, rows, colors, source.scaling + 4 * number),
            *(tile.width, tile.height, base & 0xFFFFFFFF, row, column, channel),
            *((0, 0) if self._spans is None else (self._spans[1].inner, self._spans[0].inner)),
            1 / 255 if tile.source.dtype == torch.uint8 else 1,
            *(ctypes.c_float(value).value for value in (tile.gain, tile.offset)),  # struct raises on overflow
            *((0,) * 7 if tile.grid is None else _cells(tile.grid, tile.steps, picture)),
            0 if tile.second is None else tables + len(self._tables),
        )

    def tables(self, source: Layout, address: int) -> bytes:
        """What to upload to ``address`` before `push` takes it, for texels at ``source``."""
        second, layout, tile = self.tile.second, source.second, self.tile
        if second is None or layout is None:
            return self._tables
        size = readable(second.source.dtype).itemsize
        picture, row, column, channel = _strides(tile, layout.strides)
        base = _base(layout, size)
        if self._direct:
            base += int(tile.crop[1]) * row + int(tile.crop[0]) * column
        if self.variant.channels == 1 and tile.channels != "auto" and second.mode != "over":
            base += "rgba".index(tile.channels) * channel if channel_count(tile.source) > 1 else 0
        return self._tables + (
            _SECOND.pack(
                *(layout.address & ~3, address + len(self._tables) + _SECOND.size),
                *(base & 0xFFFFFFFF, row, column, channel, picture),
                1 / 255 if second.source.dtype == torch.uint8 else 1,
                second.alpha,
            )
            + self._over
        )

    def _check_reach(self, source: torch.Tensor, layout: Layout) -> None:
        ends = zip(self.region, layout.origin, layout.strides, strict=False)
        reach = sum((end - start) * stride for (_, end), start, stride in ends)
        reach += 4 * (*_strides(self.tile, layout.strides),)[3]
        if reach * max(1, readable(source.dtype).itemsize // 4) >= _MOST_ELEMENTS:
            raise CompositorError(f"a tensor of shape {tuple(source.shape)} and strides {layout.strides} is too large")

    def _region(self) -> Region:
        if self._spans is None:
            left, top, right, bottom = (int(edge) for edge in self.tile.crop)
            rows, columns = (top, bottom), (left, right)
        else:
            rows, columns = ((int(axis.first.min()), int(axis.last.max()) + 1) for axis in self._spans)
        return (rows, columns) if self.tile.grid is None else _pictures(self.tile, self.tile.grid, rows, columns)

    def _static_tables(self) -> bytes:
        """The spans of the columns, those of the rows, and the colormap or palette, each if it is needed."""
        spans = b"" if self._spans is None else _span_table(self._spans[1]) + _span_table(self._spans[0])
        if self.tile.palette is not None:
            return spans + _palette_table(self.tile.palette)
        name = self.tile.colormap
        return spans + (_color_table(name) if self.variant.look == _COLORMAP and name is not None else b"")


def _base(layout: Layout, size: int) -> int:
    """Elements of ``size`` bytes from the word at ``layout``'s address to where the first texel is or would be."""
    base = (layout.address & 3) // size
    return base - sum(start * stride for start, stride in zip(layout.origin, layout.strides, strict=False))


def _second_encoding(second: Second) -> int:
    dtype = second.source.dtype
    return _LABELS[dtype] if second.mode == "over" else _ENCODINGS[readable(dtype)]


def _strides(tile: Tile, strides: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The distance to the next picture, row, column and channel; 0 where there is only one."""
    picture, row, column, channel = (*((0,) if tile.grid is None else ()), *strides, 0)[:4]
    return picture, row, column, channel


def _cells(grid: Grid, steps: tuple[int, int], stride: int) -> tuple[int, ...]:
    """The shader's description of ``grid``, whose pictures are ``stride`` elements apart."""
    if max(grid.size) > _MOST_SHEET:
        raise CompositorError(f"a grid of {' x '.join(map(str, grid.size))} texels is too large")
    down, across = steps
    return stride, grid.count, grid.columns, grid.gap, grid.height, grid.width, down << 16 | across


def _pictures(tile: Tile, grid: Grid, rows: tuple[int, int], columns: tuple[int, int]) -> Region:
    """The pictures, rows and columns that a tile needs if it reads the sheet from ``rows`` to ``columns``."""
    ends = []
    for positions, (start, end), side in zip(tile.positions, (rows, columns), (grid.height, grid.width), strict=True):
        cells = [divmod(positions[at], side + grid.gap) for at in (start, end - 1)]
        (first, low), (last, high) = cells
        ends.append((first, last, (min(low, side - 1), min(high, side - 1) + 1) if first == last else (0, side)))
    (top, bottom, down), (left, right, across) = ends
    first = min(top * grid.columns + left, grid.count - 1)
    last = min(bottom * grid.columns + right, grid.count - 1)
    return (first, last + 1), down, across


def _is_direct(tile: Tile) -> bool:
    """True if every pixel is exactly one texel, so that no filter is needed."""
    left, top, right, bottom = tile.crop
    height, width = map(len, tile.positions)
    if tile.grid is not None and (left, top) != (0, 0):
        return False
    inside = left >= 0 and top >= 0 and right <= width and bottom <= height
    return inside and left % 1 == 0 == top % 1 and (right - left, bottom - top) == (tile.width, tile.height)


def _channels_read(tile: Tile) -> int:
    """The shader's channel count. 0 stands for the constant 1 of a missing alpha."""
    count = channel_count(tile.source)
    if count == 1 or tile.channels == "auto":
        return count
    return 1 if "rgba".index(tile.channels) < count else 0


def _look(tile: Tile) -> int:
    if tile.palette is not None:
        return _LABEL_MAP
    difference = tile.second is not None and tile.second.mode != "over"
    if tile.colormap is not None and (difference or _channels_read(tile) < 3):
        return _COLORMAP
    return _SRGB if tile.transfer == "linear" else _PLAIN


def _grid(tile: Tile) -> int:
    if tile.grid is None:
        return _NO_GRID
    if tile.scaling is None:
        return _GRID
    # Anything that is the same for all texels may follow the filter, once per pixel; a difference comes before the
    # filter.
    difference = tile.second is not None and tile.second.mode != "over"
    return _ALIKE if alike(tile.scaling) and not difference else _SCALED


def _span_table(spans: Spans) -> bytes:
    table = np.empty(len(spans.first), _SPAN)
    table["first"], table["last"], table["head"], table["tail"] = spans[:4]
    return table.tobytes()


def _color_table(name: str) -> bytes:
    table: npt.NDArray[np.float32] = np.ones((256, 4), np.float32)
    table[:, :3] = colormap_table(name)
    return table.tobytes()


def _palette_table(palette: Palette) -> bytes:
    """``palette`` as the shader's structure of this name."""
    ignored = [*palette.ignored, *[palette.ignored[-1] if palette.ignored else _NO_LABEL] * MOST_IGNORED][:MOST_IGNORED]
    return _PALETTE.pack(*ignored, len(palette.colors), palette.repeats) + palette.table().tobytes()
