"""Pictures on one sheet: those of a panel in rows, those of several panels in their layout.

Where each stands is worked out before anything is drawn, so that a sheet of any pictures is within its bounds and each
picture is scaled once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..protocol.messages import Leaf, Split
from .pixels import Pixels, to_image

if TYPE_CHECKING:
    from PIL.Image import Image

GAP = 8
"""Pixels between two pictures, which are see-through: what lies behind may be light or dark."""
LEAST_HEIGHT = 256
"""Pixels; smaller pictures are magnified, by whole factors, so that something can be made out in them."""
MOST_WIDTH = 1600
"""Pixels that a picture, or a sheet, is magnified to at most."""
MOST_COLUMNS = 4
MOST_SIDE = 8192
"""Pixels a side of a sheet: what would be larger is reduced, each pixel the mean of what it covers."""
MOST_PIXELS = 1 << 25
"""Pixels of a sheet: 128 MiB as RGBA."""

Direction = Literal["row", "column"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture, (height, width, 4) uint8, and where it stands, in pixels that are not whole yet."""

    pixels: Pixels
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """Pictures and the size of what they stand on."""

    width: float
    height: float
    parts: tuple[Placed, ...]

    def scaled(self, factor: float) -> Sheet:
        """The same, larger or smaller, gaps included."""
        if factor == 1:
            return self
        parts = (
            Placed(part.pixels, part.left * factor, part.top * factor, part.width * factor, part.height * factor)
            for part in self.parts
        )
        return Sheet(self.width * factor, self.height * factor, tuple(parts))

    def within(self, most_side: float, most_pixels: float) -> Sheet:
        """The same, reduced where it has more than ``most_side`` pixels a side or ``most_pixels`` in all."""
        scale = min(1.0, most_side / max(self.width, self.height), math.sqrt(most_pixels / (self.width * self.height)))
        return self.scaled(scale)

    def legible(self) -> Sheet:
        """By the whole factor that makes it about `LEAST_HEIGHT` high, up to `MOST_WIDTH`, where it is much lower."""
        return self.scaled(max(1, min(round(LEAST_HEIGHT / self.height), int(MOST_WIDTH / self.width))))

    def image(self, size: tuple[int, int] | None = None) -> Image:
        """It drawn, RGBA, see-through between pictures; in the upper left of ``size`` (width, height) where given."""
        from PIL import Image  # noqa: PLC0415 (when it is first needed)

        own = max(1, round(self.width)), max(1, round(self.height))
        sheet = Image.new("RGBA", size or own, (0, 0, 0, 0))
        for part in self.parts:
            left, top = round(part.left), round(part.top)
            width, height = (max(1, round(side)) for side in (part.width, part.height))
            sheet.paste(_sized(to_image(part.pixels), (width, height)), (left, top))
        return sheet


def rows_of(pictures: Sequence[Pixels], *, least: int = LEAST_HEIGHT) -> Image:
    """At least one picture, (height, width, 4) uint8 each, in rows of up to four of one height, at least ``least``.

    One that would be wider than `MOST_WIDTH` at that height is as wide as that, or as it is, and lower than the others.
    No more than `MOST_SIDE` pixels a side and `MOST_PIXELS` in all.
    """
    return in_rows(pictures, least=least).within(MOST_SIDE, MOST_PIXELS).image()


def in_rows(pictures: Sequence[Pixels], *, least: int = LEAST_HEIGHT) -> Sheet:
    """As `rows_of`, to be drawn, of any size."""
    columns = len(pictures) if len(pictures) <= MOST_COLUMNS else math.ceil(math.sqrt(len(pictures)))
    columns = min(columns, MOST_COLUMNS)
    height = _height(pictures, least)
    scaled = [_scaled(pixels, height) for pixels in pictures]
    rows = [_joined(scaled[start : start + columns], "row") for start in range(0, len(scaled), columns)]
    return _joined(rows, "column")


def laid_out(
    layout: Leaf | Split | None,
    panels: Mapping[str, Sequence[Pixels]],
    *,
    most_side: int = MOST_SIDE,
    most_pixels: int = MOST_PIXELS,
) -> Image | None:
    """The pictures of ``panels`` where ``layout`` has them, large enough to be made out; None where there are none.

    Panels side by side get one height and panels one above the other one width, that of the largest. A panel without
    pictures takes no room. No more than ``most_side`` pixels a side and ``most_pixels`` in all.
    """
    sheet = _laid_out(layout, panels)
    return None if sheet is None else sheet.legible().within(most_side, most_pixels).image()


def _laid_out(layout: Leaf | Split | None, panels: Mapping[str, Sequence[Pixels]]) -> Sheet | None:
    if layout is None:
        return None
    if isinstance(layout, Leaf):
        pictures = panels.get(layout.panel)
        return in_rows(pictures, least=1) if pictures else None
    parts = [part for child in layout.children if (part := _laid_out(child, panels)) is not None]
    if len(parts) < 2:
        return parts[0] if parts else None
    if layout.direction == "row":
        height = max(part.height for part in parts)
        return _joined([_enlarged(part, height / part.height) for part in parts], "row")
    width = max(part.width for part in parts)
    return _joined([_enlarged(part, width / part.width) for part in parts], "column")


def on_white(image: Image) -> Pixels:
    """``image``, RGBA, as (height, width, 3) uint8, for formats that know no transparency."""
    from PIL import Image  # noqa: PLC0415

    sheet = Image.new("RGB", image.size, (255, 255, 255))
    sheet.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return np.asarray(sheet)


def _joined(sheets: Sequence[Sheet], direction: Direction) -> Sheet:
    """``sheets`` after one another, from the left or from the top, `GAP` apart."""
    parts: list[Placed] = []
    at = 0.0
    for sheet in sheets:
        left, top = (at, 0.0) if direction == "row" else (0.0, at)
        parts += [Placed(p.pixels, p.left + left, p.top + top, p.width, p.height) for p in sheet.parts]
        at += (sheet.width if direction == "row" else sheet.height) + GAP
    across = max(sheet.height if direction == "row" else sheet.width for sheet in sheets)
    width, height = (at - GAP, across) if direction == "row" else (across, at - GAP)
    return Sheet(width, height, tuple(parts))


def _height(pictures: Sequence[Pixels], least: int) -> int:
    highest: int = max(pixels.shape[0] for pixels in pictures)
    return highest * max(1, round(least / highest))


def _enlarged(sheet: Sheet, factor: float) -> Sheet:
    """``sheet`` by ``factor``, up to `MOST_SIDE`: beside a tall one, a thin strip would become endless."""
    return sheet.scaled(min(factor, max(1.0, MOST_SIDE / max(sheet.width, sheet.height))))


def _scaled(pixels: Pixels, height: int) -> Sheet:
    down, across = pixels.shape[:2]
    factor = min(height / down, max(1.0, MOST_WIDTH / across))
    size = max(1, round(across * factor)), max(1, round(down * factor))
    return Sheet(*size, (Placed(pixels, 0, 0, *size),))


def _sized(image: Image, size: tuple[int, int]) -> Image:
    """``image`` at ``size``; what is magnified by whole factors keeps its texels, what is reduced is averaged."""
    from PIL.Image import Resampling  # noqa: PLC0415

    if image.size == size:
        return image
    if size[0] < image.width or size[1] < image.height:
        return image.resize(size, Resampling.BOX)
    return image.resize(size, Resampling.NEAREST if size[1] % image.height == 0 else Resampling.BILINEAR)
