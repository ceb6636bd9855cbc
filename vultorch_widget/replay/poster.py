"""The poster: all pictures of a view side by side as one PNG, for where nothing can be played."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..pictures.pixels import Pixels
from ..pictures.png import SMALL
from ..pictures.sheet import MOST_WIDTH, rows_of

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 1 << 20
"""Of the file, without which a replay of noise would be outweighed by its poster."""


def poster(pictures: Sequence[Pixels], level: int = SMALL) -> bytes:
    """A PNG file of ``pictures``, (height, width, 4) uint8 each, in rows of up to four of one height; empty of none.

    ``level`` is zlib's, 0..9.
    """
    from PIL.Image import Resampling  # noqa: PLC0415 (when it is first needed)

    if not pictures:
        return b""
    sheet = rows_of(pictures)
    if sheet.width > MOST_WIDTH:
        sheet = sheet.resize((MOST_WIDTH, max(1, sheet.height * MOST_WIDTH // sheet.width)), Resampling.BOX)
    return _file(sheet, level)


def _file(sheet: Image, level: int) -> bytes:
    """``sheet`` as PNG, made smaller until it is no larger than `MOST_BYTES`."""
    from PIL.Image import Resampling  # noqa: PLC0415

    while True:
        file = io.BytesIO()
        sheet.save(file, "PNG", compress_level=level)
        size = file.tell()
        if size <= MOST_BYTES or min(sheet.size) == 1:
            return file.getvalue()
        scale = 0.95 * math.sqrt(MOST_BYTES / size)
        sheet = sheet.resize((max(1, int(sheet.width * scale)), max(1, int(sheet.height * scale))), Resampling.BOX)


def data_url(png: bytes) -> str:
    """``png`` as a URL that holds it; empty for an empty file."""
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}" if png else ""
