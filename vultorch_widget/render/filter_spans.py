"""Filters as spans: the texels of an axis that make up each pixel, and their weights.

All three filters are separable, so one span per row and one per column describe a tile completely. Both compositors use
the same spans, computed here in double precision: if each computed positions in single precision, they would sometimes
choose different texels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .plan import Filter, Tile

_SNAP = 1e-7
"""Positions this close to a texel's edge are snapped to it. A sliver from a rounding error must not count: its texel
may be NaN."""


class Spans(NamedTuple):
    """The spans of an axis, one per pixel, as arrays of shape (pixels,).

    Attributes:
        first, last: int64, the outermost texels, both within the axis; equal if the pixel covers a single texel.
        head, tail: float32, the weights of ``first`` and ``last``; ``tail`` is 0 if they are the same texel.
        inner: The weight of each texel in between. A pixel's weights sum to 1.

    """

    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    head: npt.NDArray[np.float32]
    tail: npt.NDArray[np.float32]
    inner: float


def tile_spans(tile: Tile) -> tuple[Spans, Spans]:
    """The spans of the rows and the columns of ``tile``."""
    left, top, right, bottom = tile.crop
    down, across = tile.positions
    rows = axis_spans(tile.filter, top, bottom, tile.height, len(down))
    columns = axis_spans(tile.filter, left, right, tile.width, len(across))
    return rows, columns


def axis_spans(kind: Filter, start: float, end: float, pixels: int, texels: int) -> Spans:
    """Spans of ``pixels`` pixels over ``start``..``end`` of an axis with ``texels`` texels. Edge texels are
    repeated.
    """
    scale = (end - start) / pixels
    if kind == "area":
        edges = _snapped(start + scale * np.arange(pixels + 1, dtype=np.float64))
        return _area(edges[:-1], edges[1:], scale, texels)
    centres = _snapped(start + scale * (np.arange(pixels, dtype=np.float64) + 0.5))
    if kind == "nearest":
        first = np.clip(np.floor(centres), 0, texels - 1)
        return _spans(first, first, np.zeros(pixels))
    lower = np.floor(centres - 0.5)
    return _spans(np.clip(lower, 0, texels - 1), np.clip(lower + 1, 0, texels - 1), centres - 0.5 - lower)


def _area(left: npt.NDArray[np.float64], right: npt.NDArray[np.float64], scale: float, texels: int) -> Spans:
    """The box filter: a texel's weight is the part of it that the pixel covers."""
    first = np.clip(np.floor(left), 0, texels - 1)
    last = np.clip(np.ceil(right) - 1, first, texels - 1)
    head = (np.minimum(first + 1, right) - left) / scale
    return _spans(first, last, (right - last) / scale, head)._replace(inner=1 / scale)


def _spans(
    first: npt.NDArray[np.float64],
    last: npt.NDArray[np.float64],
    tail: npt.NDArray[np.float64],
    head: npt.NDArray[np.float64] | None = None,
) -> Spans:
    """Normalises the weights: a single texel gets all of it, and a ``last`` without weight is dropped."""
    head = 1 - tail if head is None else head
    last = np.where(tail > 0, last, first)
    alone = first == last
    return Spans(
        first=first.astype(np.int64),
        last=last.astype(np.int64),
        head=np.where(alone, 1, head).astype(np.float32),
        tail=np.where(alone, 0, tail).astype(np.float32),
        inner=0.0,
    )


def _snapped(positions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Snaps to edges and to halves: for linear interpolation, halves are the centres of texels."""
    halves = np.round(positions * 2) / 2
    return np.where(np.abs(positions - halves) < _SNAP, halves, positions)
