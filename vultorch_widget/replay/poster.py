"""The poster: all pictures of a view next to each other as one PNG, shown if the replay cannot be played."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..pictures.png import SMALL
from ..pictures.sheet import MOST_WIDTH, Picture, rows_of

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 1 << 20
"""Maximum size of the file. Without it, the poster of noise would be larger than its replay."""


def poster(pictures: Sequence[Picture], level: int = SMALL) -> bytes:
    """A PNG file of ``pictures``, (height, width, 4) uint8 each, in rows of up to four with a common height.

    Returns empty bytes without pictures. ``level`` is zlib's, 0 to 9.
    """
    from PIL.Image import Resampling  # noqa: PLC0415 (loaded on first use)

    if not pictures:
        return b""
    sheet = rows_of(pictures)
    if sheet.width > MOST_WIDTH:
        sheet = sheet.resize((MOST_WIDTH, max(1, sheet.height * MOST_WIDTH // sheet.width)), Resampling.BOX)
    return _file(sheet, level)


def _file(sheet: Image, level: int) -> bytes:
    """Encodes ``sheet`` as PNG and scales it down until the file has at most `MOST_BYTES`."""
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
    """``png`` as a data URL; empty for an empty file."""
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}" if png else ""
