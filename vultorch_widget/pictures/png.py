"""PNG for pictures at rest: what is painted is exactly what was composited."""

from __future__ import annotations

import io

from .pixels import Pixels, to_image

FAST = 1
"""zlib level for the wire: a smooth 256 x 256 picture in 3 ms."""
SMALL = 6
"""zlib level for files that are kept: a quarter smaller, in four times the time."""


def encode_png(pixels: Pixels, level: int = FAST) -> bytes:
    """An RGB PNG file of ``pixels`` (height, width, 4 or 3) uint8, of any strides; a fourth channel is dropped.

    ``level`` is zlib's, 0..9. Raises ValueError for other pixels or another level.
    """
    if level not in range(10):
        raise ValueError(f"PNG level must be an integer in 0..9, not {level!r}")
    file = io.BytesIO()
    to_image(pixels).save(file, "PNG", compress_level=level)
    return file.getvalue()
