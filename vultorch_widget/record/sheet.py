"""Pictures on one sheet: those of a panel in rows, those of several panels in their layout."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..codec.pixels import Pixels, to_image
from ..transport.messages import Leaf, Split

if TYPE_CHECKING:
    from PIL.Image import Image

GAP = 8
"""Pixels between two pictures, which are see-through: what lies behind may be light or dark."""
LEAST_HEIGHT = 256
"""Pixels; smaller pictures are magnified, by whole factors, so that something can be made out in them."""
MOST_WIDTH = 1600
"""Pixels that a picture is magnified to at most."""
MOST_COLUMNS = 4
MOST_SIDE = 8192
"""Pixels that panels are magnified to at most: beside a tall one, a thin strip would become endless."""

Direction = Literal["row", "column"]


def rows_of(pictures: Sequence[Pixels], *, least: int = LEAST_HEIGHT) -> Image:
    """At least one picture, (height, width, 4) uint8 each, in rows of up to four of one height, at least ``least``.

    One that would be wider than `MOST_WIDTH` at that height is as wide as that, or as it is, and lower than the others.
    """
    columns = len(pictures) if len(pictures) <= MOST_COLUMNS else math.ceil(math.sqrt(len(pictures)))
    columns = min(columns, MOST_COLUMNS)
    height = _height(pictures, least)
    scaled = [_scaled(to_image(pixels), height) for pixels in pictures]
    rows = [_joined(scaled[start : start + columns], "row") for start in range(0, len(scaled), columns)]
    return _joined(rows, "column")


def legible(image: Image) -> Image:
    """``image`` by the whole factor that makes it about `LEAST_HEIGHT` high, where it is much lower."""
    factor = max(1, round(LEAST_HEIGHT / image.height))
    return _sized(image, (image.width * factor, image.height * factor))


def laid_out(layout: Leaf | Split | None, panels: Mapping[str, Sequence[Pixels]]) -> Image | None:
    """The pictures of ``panels`` where ``layout`` has them; None where there are none.

    Panels side by side get one height and panels one above the other one width, that of the largest. A panel without
    pictures takes no room.
    """
    if layout is None:
        return None
    if isinstance(layout, Leaf):
        pictures = panels.get(layout.panel)
        return rows_of(pictures, least=1) if pictures else None
    parts = [part for child in layout.children if (part := laid_out(child, panels)) is not None]
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


def _joined(images: Sequence[Image], direction: Direction) -> Image:
    """``images`` after one another, from the left or from the top, `GAP` apart."""
    from PIL import Image  # noqa: PLC0415 (when it is first needed)

    along = [image.width if direction == "row" else image.height for image in images]
    across = max(image.height if direction == "row" else image.width for image in images)
    length = sum(along) + GAP * (len(images) - 1)
    sheet = Image.new("RGBA", (length, across) if direction == "row" else (across, length), (0, 0, 0, 0))
    at = 0
    for image, size in zip(images, along, strict=True):
        sheet.paste(image, (at, 0) if direction == "row" else (0, at))
        at += size + GAP
    return sheet


def _height(pictures: Sequence[Pixels], least: int) -> int:
    highest: int = max(pixels.shape[0] for pixels in pictures)
    return highest * max(1, round(least / highest))


def _enlarged(image: Image, factor: float) -> Image:
    factor = min(factor, max(1.0, MOST_SIDE / max(image.size)))
    return _sized(image, (round(image.width * factor), round(image.height * factor)))


def _scaled(image: Image, height: int) -> Image:
    factor = min(height / image.height, max(1.0, MOST_WIDTH / image.width))
    return _sized(image, (max(1, round(image.width * factor)), max(1, round(image.height * factor))))


def _sized(image: Image, size: tuple[int, int]) -> Image:
    """``image`` at ``size``; what is magnified by whole factors keeps its texels."""
    from PIL.Image import Resampling  # noqa: PLC0415

    if image.size == size:
        return image
    return image.resize(size, Resampling.NEAREST if size[1] % image.height == 0 else Resampling.BILINEAR)
