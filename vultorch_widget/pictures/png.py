"""PNG for settled pictures: the page paints exactly what was composited."""

from __future__ import annotations

import io

from .pixels import Pixels, to_image

FAST = 1
"""zlib level for transport: a smooth 256 x 256 picture takes 3 ms."""
SMALL = 6
"""zlib level for files on disk: a quarter smaller, in four times the time."""


def encode_png(pixels: Pixels, level: int = FAST) -> bytes:
    """Encodes ``pixels``, (height, width, 4 or 3) uint8 with any strides, as RGB PNG. A fourth channel is dropped.

    ``level`` is zlib's, 0..9. Raises ValueError for other pixels or another level.
    """
    if level not in range(10):
        raise ValueError(f"PNG level must be an integer in 0..9, not {level!r}")
    file = io.BytesIO()
    to_image(pixels).save(file, "PNG", compress_level=level)
    return file.getvalue()
