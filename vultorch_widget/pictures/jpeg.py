"""JPEG for moving pictures: libjpeg-turbo through simplejpeg, or Pillow without it."""

from __future__ import annotations

import importlib
import io
from functools import cache
from typing import Any

import numpy as np

from .pixels import Pixels, check, to_image

MAX_SIDE = 65_500
"""libjpeg's limit for width and height; the format allows 65,535."""
FULL_COLOR_PIXELS = 1 << 20
"""Up to this many pixels, colour keeps its full resolution. At half resolution, thin coloured lines, which are common
in small tensors, would smear. Above it, the time and bytes saved matter more."""


def encode_jpeg(pixels: Pixels, quality: int) -> bytes:
    """Encodes ``pixels``, (height, width, 4 or 3) uint8 with any strides, as baseline JPEG. A fourth channel is
    ignored.

    ``quality`` is 1..100. Raises ValueError for other pixels or another quality, and for a side longer than `MAX_SIDE`.
    """
    check(pixels)
    if type(quality) is not int or not 1 <= quality <= 100:
        raise ValueError(f"JPEG quality must be an integer in 1..100, not {quality!r}")
    height, width, channels = pixels.shape
    if max(height, width) > MAX_SIDE:
        raise ValueError(f"a JPEG's sides are at most {MAX_SIDE} pixels, not {width} x {height}")
    full_color = height * width <= FULL_COLOR_PIXELS
    library = _simplejpeg()
    if library is None:
        file = io.BytesIO()
        to_image(pixels).save(file, "JPEG", quality=quality, subsampling="4:4:4" if full_color else "4:2:0")
        return file.getvalue()
    data: bytes = library.encode_jpeg(
        np.ascontiguousarray(pixels),
        quality=quality,
        colorspace="RGBX" if channels == 4 else "RGB",
        colorsubsampling="444" if full_color else "420",
    )
    return data


def decode_jpeg(data: bytes) -> Pixels:
    """Decodes a JPEG file to (height, width, 3) uint8. Raises ValueError or OSError if it is damaged."""
    library = _simplejpeg()
    if library is None:
        from PIL import Image  # noqa: PLC0415 (slow to import, and not every view decodes)

        return np.array(Image.open(io.BytesIO(data), formats=["JPEG"]).convert("RGB"))
    pixels: Pixels = library.decode_jpeg(data, colorspace="RGB")
    return pixels


def jpeg_library() -> str:
    """The library behind `encode_jpeg`: ``"simplejpeg"`` or ``"Pillow"``."""
    return "Pillow" if _simplejpeg() is None else "simplejpeg"


@cache
def _simplejpeg() -> Any:
    try:
        return importlib.import_module("simplejpeg")
    except ImportError:  # not available for this platform
        return None
