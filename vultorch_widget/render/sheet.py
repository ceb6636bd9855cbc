"""Which texel of which picture lies at each row and column of a grid's sheet. The shader computes the same."""

from __future__ import annotations

from typing import NamedTuple

import torch

from .plan import Tile


class SheetAxis(NamedTuple):
    """The rows or the columns of a sheet that a tile reads, as arrays with one element for each.

    Attributes:
        picture: Contribution to the picture's index, which is the sum of its row's and its column's.
        texel: Row or column within that picture.
        inside: False in a gap, where ``picture`` and ``texel`` mean nothing.

    """

    picture: torch.Tensor
    texel: torch.Tensor
    inside: torch.Tensor

    def part(self, band: slice) -> SheetAxis:
        """A part of it."""
        return SheetAxis(self.picture[band], self.texel[band], self.inside[band])


def sheet_axes(tile: Tile) -> tuple[SheetAxis, SheetAxis]:
    """The rows and columns of the sheet of ``tile``, which has a grid, on its source's device."""
    grid = tile.grid
    assert grid is not None
    rows, columns = (
        _axis(positions, side, side + grid.gap, share, tile.source.device)
        for positions, side, share in zip(tile.positions, (grid.height, grid.width), (grid.columns, 1), strict=True)
    )
    return rows, columns


def _axis(positions: range, side: int, pitch: int, share: int, device: torch.device) -> SheetAxis:
    at = torch.arange(positions.start, positions.stop, positions.step, device=device)
    texel = at % pitch
    inside = texel < side
    return SheetAxis(at.div(pitch, rounding_mode="floor") * share, torch.where(inside, texel, 0), inside)


def sheet_texels(
    source: torch.Tensor, rows: SheetAxis, columns: SheetAxis
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The texels of (N, H, W, C) ``source`` where ``rows`` and ``columns`` cross: (h, w, C); the index of the picture
    of each, (h, w) int64; and where there is a picture at all, (h, w) bool. Elsewhere, the other two mean nothing.
    """
    picture = rows.picture[:, None] + columns.picture
    inside = rows.inside[:, None] & columns.inside & (picture < len(source))
    picture = torch.where(inside, picture, 0)
    return source[picture, rows.texel[:, None], columns.texel], picture, inside
