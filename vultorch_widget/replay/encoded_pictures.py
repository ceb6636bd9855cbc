"""The pictures in a replay: image files in base64."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from ..pictures.encoder import AUTO_QUALITY, Encoder
from ..pictures.pixels import Pixels
from ..pictures.png import SMALL, encode_png

_SMALL_PIXELS = 1 << 14
_large, _small = Encoder(AUTO_QUALITY), Encoder(95)
"""Encoders of key frames. Small pictures get a higher quality: they are magnified, which makes JPEG artefacts visible,
and take few bytes anyway.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Blob:
    """One picture of ``width`` x ``height`` pixels. ``data`` is the file in base64; its length counts as the size."""

    format: str
    width: int
    height: int
    lossless: bool
    data: str


def key_blob(pixels: Pixels) -> Blob:
    """Encodes ``pixels``, (height, width, 4) uint8, as a small file."""
    encoder = _small if pixels.shape[0] * pixels.shape[1] <= _SMALL_PIXELS else _large
    encoded = encoder.encode(pixels, at_rest=False)
    return _blob(encoded.format, pixels, encoded.data, lossless=encoded.lossless)


def exact_blob(pixels: Pixels, level: int = SMALL) -> Blob:
    """Encodes ``pixels``, (height, width, 4) uint8, without loss. ``level`` is zlib's, 0 to 9."""
    return _blob("png", pixels, encode_png(pixels, level), lossless=True)


def _blob(format: str, pixels: Pixels, file: bytes, *, lossless: bool) -> Blob:
    height, width = pixels.shape[:2]
    return Blob(format, width, height, lossless, base64.b64encode(file).decode("ascii"))
