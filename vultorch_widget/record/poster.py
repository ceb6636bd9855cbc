"""The poster: all pictures of a view side by side as one PNG, for where nothing can be played."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..codec.pixels import Pixels, to_image

if TYPE_CHECKING:
    from PIL.Image import Image

GAP = 8
"""Pixels between two pictures, which are see-through: what lies behind may be light or dark."""
LEAST_HEIGHT = 256
"""Pixels; smaller pictures are magnified, by whole factors, so that something can be made out in them."""
MOST_WIDTH = 1600
MOST_COLUMNS = 4
MOST_BYTES = 1 << 20
"""Of the file, without which a replay of noise would be outweighed by its poster."""


def poster(pictures: Sequence[Pixels]) -> bytes:
    """A PNG file of ``pictures``, (height, width, 4) uint8 each, in rows of up to four of one height; empty of none."""
    from PIL import Image  # noqa: PLC0415 (when it is first needed)

    if not pictures:
        return b""
    columns = len(pictures) if len(pictures) <= MOST_COLUMNS else math.ceil(math.sqrt(len(pictures)))
    columns = min(columns, MOST_COLUMNS)
    height = _height(pictures)
    scaled = [_scaled(to_image(pixels), height) for pixels in pictures]
    rows = [scaled[start : start + columns] for start in range(0, len(scaled), columns)]
    width = max(sum(image.width for image in row) + GAP * (len(row) - 1) for row in rows)
    sheet = Image.new("RGBA", (width, len(rows) * (height + GAP) - GAP), (0, 0, 0, 0))
    for at, row in enumerate(rows):
        left = 0
        for image in row:
            sheet.paste(image, (left, at * (height + GAP)))
            left += image.width + GAP
    if sheet.width > MOST_WIDTH:
        sheet = sheet.resize((MOST_WIDTH, max(1, sheet.height * MOST_WIDTH // sheet.width)), Image.Resampling.BOX)
    return _file(sheet)


def _file(sheet: Image) -> bytes:
    """``sheet`` as PNG, made smaller until it is no larger than `MOST_BYTES`."""
    from PIL.Image import Resampling  # noqa: PLC0415

    while True:
        file = io.BytesIO()
        sheet.save(file, "PNG", compress_level=6)
        size = file.tell()
        if size <= MOST_BYTES or min(sheet.size) == 1:
            return file.getvalue()
        scale = 0.95 * math.sqrt(MOST_BYTES / size)
        sheet = sheet.resize((max(1, int(sheet.width * scale)), max(1, int(sheet.height * scale))), Resampling.BOX)


def data_url(png: bytes) -> str:
    """``png`` as a URL that holds it; empty for an empty file."""
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}" if png else ""


def _height(pictures: Sequence[Pixels]) -> int:
    highest: int = max(pixels.shape[0] for pixels in pictures)
    return highest * max(1, round(LEAST_HEIGHT / highest))


def _scaled(image: Image, height: int) -> Image:
    from PIL.Image import Resampling  # noqa: PLC0415

    if image.height == height:
        return image
    width = max(1, min(MOST_WIDTH, round(image.width * height / image.height)))
    how = Resampling.NEAREST if height % image.height == 0 else Resampling.BILINEAR
    return image.resize((width, height), how)
