"""A hash grid: trained features on grids of many resolutions, between which positions are interpolated."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

PRIME = 2_654_435_761
"""Multiplier of a vertex's y; that of its x is 1."""
INITIAL = 1e-4
"""Initial features are between this and its negative."""


class Level(NamedTuple):
    """A grid of ``cells`` by ``cells``. Its ``entries`` in the table begin at ``start``."""

    cells: int
    start: int
    entries: int

    @property
    def vertices(self) -> int:
        """Vertices along a side."""
        return self.cells + 1

    def rows(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """The rows of the table for the vertices (``x``, ``y``), int64 of one shape."""
        if self.entries == self.vertices**2:
            return self.start + y * self.vertices + x
        return self.start + (x ^ (y * PRIME)) % self.entries


class HashGrid(nn.Module):
    """Maps a position to trained features of the grid cells around it: the multiresolution hash encoding.

    By Müller et al., "Instant Neural Graphics Primitives with a Multiresolution Hash Encoding", 2022. Level l has
    floor(coarsest · bˡ) cells along a side, up to ``finest``, and ``width`` features at each vertex, interpolated
    bilinearly. A level with more vertices than ``entries`` shares them: vertex (x, y) has entry
    (x xor y · 2,654,435,761) mod ``entries``. The initial features are drawn from torch's default generator.

    Args:
        finest: Cells along a side of the finest level, at least 1.
        coarsest: Cells along a side of the coarsest level, at least 1; no more than ``finest`` are used.
        levels: Number of levels, at least 1.
        width: Features of a level, at least 1.
        entries: Maximum entries of a level, at least 1. The paper has powers of two, 2^14 to 2^24.

    Attributes:
        features: Numbers per position, ``levels`` times ``width``.
        table: (entries of all levels, width) float32, the parameter.
        levels: The levels, coarsest first.

    Raises ValueError for values out of range.

    """

    def __init__(
        self, finest: int, *, coarsest: int = 16, levels: int = 16, width: int = 2, entries: int = 1 << 14
    ) -> None:
        super().__init__()
        given = {"finest": finest, "coarsest": coarsest, "levels": levels, "width": width, "entries": entries}
        for name, value in given.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        self.features = levels * width
        self.levels: list[Level] = []
        start = 0
        for cells in _cells(min(coarsest, finest), finest, levels):
            self.levels.append(Level(cells, start, min((cells + 1) ** 2, entries)))
            start += self.levels[-1].entries
        self.table = nn.Parameter(torch.empty(start, width, dtype=torch.float32).uniform_(-INITIAL, INITIAL))

    def forward(self, places: torch.Tensor) -> torch.Tensor:
        """Maps ``places`` (N, 2) in -1..1 to (N, features), level by level."""
        return torch.cat([self._interpolated(level, (places + 1) / 2) for level in self.levels], dim=1)

    def _interpolated(self, level: Level, places: torch.Tensor) -> torch.Tensor:
        scaled = places * level.cells
        corner = scaled.floor().clamp(0, level.cells - 1)
        right, lower = (scaled - corner).unbind(1)
        x, y = corner.long().unbind(1)
        weights = torch.stack([(1 - right) * (1 - lower), right * (1 - lower), (1 - right) * lower, right * lower])
        rows = torch.stack([level.rows(x, y), level.rows(x + 1, y), level.rows(x, y + 1), level.rows(x + 1, y + 1)])
        return (functional.embedding(rows, self.table) * weights[..., None]).sum(0)

    @property
    def summary(self) -> str:
        """A short description."""
        return f"hash grid of {self.table.numel():,} numbers"


class RasterizedGrid:
    """The features of a `HashGrid` at all pixels of a picture: its output for `coordinates`, up to rounding.

    Pixels form a raster, so interpolation along x and along y are products with fixed matrices, and a vertex is looked
    up once, not once for every pixel around it. The gradient uses products too, and only the gradients of vertices are
    added up in the table. torch sorts these on a GPU and takes them in order on a CPU, so runs are bit-identical.

    Args:
        grid: The grid. Its table may change, but must stay on its device.
        height: Pixels along y.
        width: Pixels along x.

    """

    def __init__(self, grid: HashGrid, height: int, width: int) -> None:
        self._grid = grid
        device = grid.table.device
        self._rows = torch.cat([_vertex_rows(level, device) for level in grid.levels])
        self._across = [_hats(level, width, device).t().contiguous() for level in grid.levels]
        self._down = [_hats(level, height, device) for level in grid.levels]

    def __call__(self) -> torch.Tensor:
        """Returns (height * width, features), row by row from the top left. In memory, all pixels of a feature are
        adjacent.
        """
        grid = self._grid
        counts = [level.vertices**2 for level in grid.levels]
        vertices = torch.split(functional.embedding(self._rows, grid.table), counts)
        made = []
        for level, values, across, down in zip(grid.levels, vertices, self._across, self._down, strict=True):
            planes = values.t().reshape(-1, level.vertices, level.vertices)
            made.append(down @ (planes @ across))
        return torch.cat(made).flatten(1).t()


def _cells(coarsest: int, finest: int, levels: int) -> list[int]:
    growth = (finest / coarsest) ** (1 / max(levels - 1, 1))
    # A little more, because rounding must not miss the last cell of the finest level.
    return [math.floor(coarsest * growth**level + 1e-6) for level in range(levels)]


def _vertex_rows(level: Level, device: torch.device) -> torch.Tensor:
    """The table's row for each vertex, row by row."""
    along = torch.arange(level.vertices, device=device)
    y, x = torch.meshgrid(along, along, indexing="ij")
    return level.rows(x, y).reshape(-1)


def _hats(level: Level, pixels: int, device: torch.device) -> torch.Tensor:
    """(pixels, vertices): the weight of each vertex along a side at each pixel."""
    scaled = (torch.linspace(-1, 1, pixels, dtype=torch.float32, device=device) + 1) / 2 * level.cells
    return (1 - (scaled[:, None] - torch.arange(level.vertices, device=device)).abs()).clamp(min=0)
