"""Arranges pictures on one sheet: a panel's pictures in rows, and several panels in their layout.

All positions are computed before anything is drawn. So a sheet stays within its bounds whatever pictures it has, and
each picture is scaled only once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from ..protocol.messages import Leaf, Split
from .pixels import Pixels, to_image

if TYPE_CHECKING:
    from PIL.Image import Image

GAP = 8
"""Pixels between two pictures. They are transparent, since the background may be light or dark."""
LEAST_HEIGHT = 256
"""Smaller pictures are magnified, by whole factors, to about this many pixels high, so that details become visible."""
MOST_WIDTH = 1600
"""Maximum pixels to which the width of a picture or sheet is magnified."""
MOST_COLUMNS = 4
MOST_SIDE = 8192
"""Maximum pixels along a side of a sheet. In a reduced sheet, each pixel is the mean of the area it covers."""
MOST_PIXELS = 1 << 25
"""Maximum pixels of a sheet: 128 MiB as RGBA."""

Direction = Literal["row", "column"]
Over = Callable[["Image", float, float, float, float], None]
"""Draws into an image in which the pixels from (left, top) on, width x height, show a picture."""


class Overdrawn(NamedTuple):
    """A picture and its overlay, drawn once it is placed on a sheet, so that lines and texts are not scaled."""

    pixels: Pixels
    over: Over


Picture = Pixels | Overdrawn


class Placed(NamedTuple):
    """A picture, (height, width, 4) uint8, and its position and size in fractional pixels."""

    pixels: Pixels
    left: float
    top: float
    width: float
    height: float
    over: Over | None = None


class Sheet(NamedTuple):
    """Pictures and the size of the area that they occupy."""

    width: float
    height: float
    parts: tuple[Placed, ...]

    def scaled(self, factor: float) -> Sheet:
        """A copy scaled by ``factor``, gaps included."""
        if factor == 1:
            return self
        parts = (
            part._replace(
                left=part.left * factor,
                top=part.top * factor,
                width=part.width * factor,
                height=part.height * factor,
            )
            for part in self.parts
        )
        return Sheet(self.width * factor, self.height * factor, tuple(parts))

    def within(self, most_side: float, most_pixels: float) -> Sheet:
        """The sheet, reduced if it has more than ``most_side`` pixels along a side or ``most_pixels`` in total."""
        scale = min(1.0, most_side / max(self.width, self.height), math.sqrt(most_pixels / (self.width * self.height)))
        return self.scaled(scale)

    def legible(self) -> Sheet:
        """The sheet, magnified by a whole factor to about `LEAST_HEIGHT` if it is lower, but no wider than
        `MOST_WIDTH`.
        """
        return self.scaled(max(1, min(round(LEAST_HEIGHT / self.height), int(MOST_WIDTH / self.width))))

    def image(self, size: tuple[int, int] | None = None) -> Image:
        """Draws it as RGBA, transparent between the pictures; at the top left of ``size`` (width, height) if given."""
        from PIL import Image  # noqa: PLC0415 (only when needed)

        own = max(1, round(self.width)), max(1, round(self.height))
        sheet = Image.new("RGBA", size or own, (0, 0, 0, 0))
        for part in self.parts:
            left, top = round(part.left), round(part.top)
            width, height = (max(1, round(side)) for side in (part.width, part.height))
            sheet.paste(_sized(to_image(part.pixels), (width, height)), (left, top))
            if part.over is not None:
                part.over(sheet, left, top, width, height)
        return sheet


def rows_of(pictures: Sequence[Picture], *, least: int = LEAST_HEIGHT) -> Image:
    """Arranges at least one picture, (height, width, 4) uint8 each, in rows of up to four, all about ``least`` pixels
    high or higher.

    A picture that would become wider than `MOST_WIDTH` is limited to that width, or to its own if larger, and is lower
    than the others. The sheet has at most `MOST_SIDE` pixels along a side and `MOST_PIXELS` in total.
    """
    return in_rows(pictures, least=least).within(MOST_SIDE, MOST_PIXELS).image()


def in_rows(pictures: Sequence[Picture], *, least: int = LEAST_HEIGHT) -> Sheet:
    """Like `rows_of`, but not drawn yet and of any size."""
    columns = len(pictures) if len(pictures) <= MOST_COLUMNS else math.ceil(math.sqrt(len(pictures)))
    columns = min(columns, MOST_COLUMNS)
    height = _height(pictures, least)
    scaled = [_scaled(picture, height) for picture in pictures]
    rows = [_joined(scaled[start : start + columns], "row") for start in range(0, len(scaled), columns)]
    return _joined(rows, "column")


def laid_out(
    layout: Leaf | Split | None,
    panels: Mapping[str, Sequence[Picture]],
    *,
    most_side: int = MOST_SIDE,
    most_pixels: int = MOST_PIXELS,
) -> Image | None:
    """Arranges the pictures of ``panels`` as in ``layout``, magnified to be legible; None if there are no pictures.

    Panels side by side get the same height, and panels in a column the same width: those of the largest. A panel
    without pictures takes no space. The image has at most ``most_side`` pixels along a side and ``most_pixels`` in
    total.
    """
    sheet = _laid_out(layout, panels)
    return None if sheet is None else sheet.legible().within(most_side, most_pixels).image()


def _laid_out(layout: Leaf | Split | None, panels: Mapping[str, Sequence[Picture]]) -> Sheet | None:
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
    """``image``, RGBA, over white as (height, width, 3) uint8, for formats without transparency."""
    from PIL import Image  # noqa: PLC0415

    sheet = Image.new("RGB", image.size, (255, 255, 255))
    sheet.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return np.asarray(sheet)


def _joined(sheets: Sequence[Sheet], direction: Direction) -> Sheet:
    """Joins ``sheets`` from left to right or from top to bottom, `GAP` apart."""
    parts: list[Placed] = []
    at = 0.0
    for sheet in sheets:
        left, top = (at, 0.0) if direction == "row" else (0.0, at)
        parts += [part._replace(left=part.left + left, top=part.top + top) for part in sheet.parts]
        at += (sheet.width if direction == "row" else sheet.height) + GAP
    across = max(sheet.height if direction == "row" else sheet.width for sheet in sheets)
    width, height = (at - GAP, across) if direction == "row" else (across, at - GAP)
    return Sheet(width, height, tuple(parts))


def _pixels(picture: Picture) -> Pixels:
    return picture.pixels if isinstance(picture, Overdrawn) else picture


def _height(pictures: Sequence[Picture], least: int) -> int:
    highest: int = max(_pixels(picture).shape[0] for picture in pictures)
    return highest * max(1, round(least / highest))


def _enlarged(sheet: Sheet, factor: float) -> Sheet:
    """``sheet`` scaled by ``factor``, up to `MOST_SIDE`: a thin strip next to a tall sheet would become too large."""
    return sheet.scaled(min(factor, max(1.0, MOST_SIDE / max(sheet.width, sheet.height))))


def _scaled(picture: Picture, height: int) -> Sheet:
    pixels = _pixels(picture)
    down, across = pixels.shape[:2]
    factor = min(height / down, max(1.0, MOST_WIDTH / across))
    size = max(1, round(across * factor)), max(1, round(down * factor))
    over = picture.over if isinstance(picture, Overdrawn) else None
    return Sheet(*size, (Placed(pixels, 0, 0, *size, over),))


def _sized(image: Image, size: tuple[int, int]) -> Image:
    """``image`` resized to ``size``. Whole-number magnification keeps texels sharp; reduction averages."""
    from PIL.Image import Resampling  # noqa: PLC0415

    if image.size == size:
        return image
    if size[0] < image.width or size[1] < image.height:
        return image.resize(size, Resampling.BOX)
    return image.resize(size, Resampling.NEAREST if size[1] % image.height == 0 else Resampling.BILINEAR)
