"""Filters as spans: which texels of an axis each pixel is made of, and by what weights.

All three filters are separable, so a span for each row and each column says everything about a tile. Both compositors
follow the same spans, computed here in double precision: were each to work out positions by itself in single precision,
they would now and then choose different texels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .plan import Filter, Tile

_SNAP = 1e-7
"""Positions this near to the edge of a texel are on it: a sliver that is a rounding error must not count, as its texel
may be NaN."""


class Spans(NamedTuple):
    """The span of each pixel of an axis, arrays of shape (pixels,).

    Attributes:
        first, last: int64, the texels at its ends, both within the axis; the same where one texel is all there is.
        head, tail: float32, their weights; ``tail`` is 0 where ``first`` is ``last``.
        inner: The weight of each texel between them. A pixel's weights sum to 1.

    """

    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    head: npt.NDArray[np.float32]
    tail: npt.NDArray[np.float32]
    inner: float


def tile_spans(tile: Tile) -> tuple[Spans, Spans]:
    """The spans of the rows and of the columns of ``tile``."""
    left, top, right, bottom = tile.crop
    height, width = tile.source.shape[:2]
    rows = axis_spans(tile.filter, top, bottom, tile.height, height)
    columns = axis_spans(tile.filter, left, right, tile.width, width)
    return rows, columns


def axis_spans(kind: Filter, start: float, end: float, pixels: int, texels: int) -> Spans:
    """Spans of ``pixels`` pixels over ``start``..``end`` of an axis of ``texels`` texels. Edge texels are repeated."""
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
    """The box filter: a texel counts by the part of it that the pixel covers."""
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
    """Normalises: one texel has all the weight, and one without any is left out."""
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
    """Also halves, which for linear interpolation are the centres of texels."""
    halves = np.round(positions * 2) / 2
    return np.where(np.abs(positions - halves) < _SNAP, halves, positions)
