"""The encoders' input: (height, width, 4 or 3) uint8, with red, green and blue first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = npt.NDArray[np.uint8]


def check(pixels: Pixels) -> None:
    """Raises ValueError, naming shape and dtype, unless ``pixels`` is a picture with at least one pixel."""
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or pixels.dtype != np.uint8 or pixels.size == 0:
        raise ValueError(
            f"a picture is (height, width, 3 or 4) uint8 of at least one pixel, not {pixels.shape} {pixels.dtype}"
        )


def to_image(pixels: Pixels) -> Image:
    """Copies the colours into a Pillow image. A fourth channel is dropped."""
    from PIL import Image  # noqa: PLC0415 (slow to import, and not every view needs it)

    check(pixels)
    height, width, channels = pixels.shape
    raw = "RGBX" if channels == 4 else "RGB"
    return Image.frombytes("RGB", (width, height), np.ascontiguousarray(pixels).data, "raw", raw)
