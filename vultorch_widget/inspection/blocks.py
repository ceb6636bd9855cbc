"""Where the texels shown by a canvas lie in its tensor, and which canvases are inspected together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import torch

from ..pictures.grid import Grid


class Inspected(Protocol):
    """A canvas, as far as inspecting its picture goes."""

    @property
    def id(self) -> str:
        """Unique in its view."""

    @property
    def link(self) -> str | None:
        """The name that it shares with canvases that are inspected together with it; None for none."""

    @property
    def tensor(self) -> torch.Tensor | None:
        """The bound tensor."""

    @property
    def pictures(self) -> torch.Tensor | None:
        """Its pictures as (N, H, W, C), or None if it cannot be shown."""

    @property
    def grid(self) -> Grid | None:
        """Where these pictures lie, or None if they cannot be shown."""

    def problem(self) -> str:
        """Why the bound tensor cannot be shown, or ""."""


class Spot(NamedTuple):
    """A texel of a canvas, by the canvas's id."""

    canvas: str
    x: int
    y: int


class Area(NamedTuple):
    """Columns ``left`` to ``right`` and rows ``top`` to ``bottom`` of a canvas, excluding ``right`` and ``bottom``."""

    canvas: str
    left: int
    top: int
    right: int
    bottom: int


class Block(NamedTuple):
    """An area within one picture of a canvas.

    Attributes:
        area: The area of the canvas.
        picture: Index of the picture in a batch; 0 for a single picture.
        column, row: Where the area begins in that picture.
        alone: Whether this is the only picture.
        texels: (rows, columns, channels), a view of the tensor.

    """

    area: Area
    picture: int
    column: int
    row: int
    alone: bool
    texels: torch.Tensor


def blocks_in(area: Area, canvas: Inspected) -> Iterator[Block]:
    """The texels in ``area`` of ``canvas``, picture by picture. Gaps and anything outside are left out."""
    grid, pictures = canvas.grid, canvas.pictures
    if grid is not None and pictures is not None:
        yield from blocks_of(area, grid, pictures)


def blocks_of(area: Area, grid: Grid, pictures: torch.Tensor) -> Iterator[Block]:
    """The texels in ``area`` of (N, H, W, C) ``pictures`` laid out as ``grid``."""
    if grid.size == (0, 0):
        return
    across, down = grid.width + grid.gap, grid.height + grid.gap
    for row in range(area.top // down, min(-(-area.bottom // down), grid.rows)):
        for column in range(area.left // across, min(-(-area.right // across), grid.columns)):
            index = row * grid.columns + column
            if index >= grid.count:
                return
            x, y = grid.origin(index)
            left, top = max(area.left - x, 0), max(area.top - y, 0)
            right, bottom = min(area.right - x, grid.width), min(area.bottom - y, grid.height)
            if left < right and top < bottom:
                yield Block(
                    area=Area(area.canvas, x + left, y + top, x + right, y + bottom),
                    picture=index,
                    column=left,
                    row=top,
                    alone=grid.count == 1,
                    texels=pictures[index, top:bottom, left:right],
                )


def texels_at(spot: Spot, canvases: Sequence[Inspected]) -> Iterator[Block]:
    """The texel at ``spot`` in its canvas and all linked ones; empty in a gap or outside."""
    canvas = next((canvas for canvas in canvases if canvas.id == spot.canvas), None)
    for other in [] if canvas is None else linked(canvas, canvases):
        yield from blocks_in(Area(other.id, spot.x, spot.y, spot.x + 1, spot.y + 1), other)


def linked(canvas: Inspected, canvases: Iterable[Inspected]) -> list[Inspected]:
    """``canvas`` and the canvases inspected together with it, in order: those with the same size and link."""
    size, link = _size(canvas), canvas.link
    return [
        other
        for other in canvases
        if other is canvas or (link is not None and other.link == link and _size(other) == size != (0, 0))
    ]


def _size(canvas: Inspected) -> tuple[int, int]:
    return (0, 0) if canvas.grid is None else canvas.grid.size
