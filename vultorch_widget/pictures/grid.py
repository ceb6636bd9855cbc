"""Where the pictures of a batch lie on a sheet, in texels: row by row, with gaps between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

Columns = int | Literal["auto"]

MOST_STRETCH = 1.5
"""How much wider than square an automatic grid may be, if that fills its last row."""


class Texel(NamedTuple):
    """A texel of a batch: the index of its ``picture``, and column ``x`` and row ``y`` within that picture."""

    picture: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet of ``count`` pictures of ``width`` x ``height`` texels, ``gap`` texels apart; one picture fills it.

    Coordinates of the sheet are texels from its outer top left corner, x to the right and y down: the middle of the
    first texel is (0.5, 0.5).
    """

    count: int
    height: int
    width: int
    columns: int
    gap: int = 0

    @property
    def rows(self) -> int:
        """How many rows of pictures there are. The last may be incomplete."""
        return -(-self.count // self.columns)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the whole sheet; 0 x 0 if it has no texels."""
        if self.count * self.height * self.width == 0:
            return 0, 0
        return (
            self.rows * (self.height + self.gap) - self.gap,
            self.columns * (self.width + self.gap) - self.gap,
        )

    def at(self, x: float, y: float) -> Texel | None:
        """The texel at a coordinate of the sheet; None in a gap, where a picture is missing, and outside."""
        height, width = self.size
        if not (0 <= x < width and 0 <= y < height):
            return None
        column, across = divmod(math.floor(x), self.width + self.gap)
        row, down = divmod(math.floor(y), self.height + self.gap)
        index = row * self.columns + column
        if across >= self.width or down >= self.height or index >= self.count:
            return None
        return Texel(index, across, down)

    def origin(self, index: int) -> tuple[int, int]:
        """The (x, y) of the top left corner of picture ``index``. Raises IndexError if there is no such picture."""
        if not 0 <= index < self.count:
            raise IndexError(f"there is no picture {index} in a grid of {self.count}")
        row, column = divmod(index, self.columns)
        return column * (self.width + self.gap), row * (self.height + self.gap)


def grid(count: int, height: int, width: int, columns: Columns, gap: int) -> Grid:
    """The grid of ``count`` pictures. ``columns`` beyond ``count`` are left out.

    ``"auto"`` makes the sheet about square, or up to `MOST_STRETCH` times as wide if that leaves no place empty.
    """
    chosen = _columns(count, height, width) if columns == "auto" else columns
    return Grid(count, height, width, columns=max(1, min(chosen, count)), gap=gap if count > 1 else 0)


def _columns(count: int, height: int, width: int) -> int:
    ideal = math.sqrt(count * height / max(1, width))
    least = max(1, math.ceil(ideal))
    full = (columns for columns in range(least, int(ideal * MOST_STRETCH) + 1) if count % columns == 0)
    return next(full, least)
