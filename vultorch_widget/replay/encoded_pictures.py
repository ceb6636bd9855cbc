"""Pictures as they stand in a replay: files in base64."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from ..pictures.encoder import AUTO_QUALITY, Encoder
from ..pictures.pixels import Pixels
from ..pictures.png import SMALL, encode_png

_SMALL_PIXELS = 1 << 14
_large, _small = Encoder(AUTO_QUALITY), Encoder(95)
"""What encodes key frames. Small ones are magnified, which shows what JPEG did to them, and take few bytes anyway."""


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
    encoder = _small if pixels.shape[0] * pixels.shape[1] <= _SMALL_PIXELS else _large
    encoded = encoder.encode(pixels, at_rest=False)
    return _blob(encoded.format, pixels, encoded.data, lossless=encoded.lossless)


def exact_blob(pixels: Pixels, level: int = SMALL) -> Blob:
    """``pixels`` (height, width, 4) uint8 exactly; ``level`` is zlib's, 0..9."""
    return _blob("png", pixels, encode_png(pixels, level), lossless=True)


def _blob(format: str, pixels: Pixels, file: bytes, *, lossless: bool) -> Blob:
    height, width = pixels.shape[:2]
    return Blob(format, width, height, lossless, base64.b64encode(file).decode("ascii"))
