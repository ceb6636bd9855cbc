"""Pictures as they stand in a replay: files in base64."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from ..codec.choice import Encoder
from ..codec.pixels import Pixels
from ..codec.png import SMALL, encode_png

QUALITY = 82
"""JPEG quality of key frames: at most 512 pixels a side, they are looked at one at a time."""
_encoder = Encoder(QUALITY)


@dataclass(frozen=True, slots=True, eq=False)
class Blob:
    """One picture of ``width`` x ``height`` pixels. ``data`` is the file in base64; its length is what counts."""

    format: str
    width: int
    height: int
    lossless: bool
    data: str


def key_blob(pixels: Pixels) -> Blob:
    """``pixels`` (height, width, 4) uint8 as a small file."""
    encoded = _encoder.encode(pixels, at_rest=False)
    return _blob(encoded.format, pixels, encoded.data, lossless=encoded.lossless)


def exact_blob(pixels: Pixels) -> Blob:
    """``pixels`` (height, width, 4) uint8 exactly."""
    return _blob("png", pixels, encode_png(pixels, SMALL), lossless=True)


def _blob(format: str, pixels: Pixels, file: bytes, *, lossless: bool) -> Blob:
    height, width = pixels.shape[:2]
    return Blob(format, width, height, lossless, base64.b64encode(file).decode("ascii"))
