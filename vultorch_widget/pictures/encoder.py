"""Chooses a picture's file format: JPEG while it moves, PNG once it has settled."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..basics.arguments import integer
from .jpeg import MAX_SIDE, encode_jpeg, jpeg_library
from .pixels import Pixels, check
from .png import encode_png

AUTO_QUALITY = 85
"""The quality for ``"auto"``. A 256 x 256 output of a small network takes 3 to 9 KiB, at 47 to 51 dB."""
SMALL_SIDE = 16
"""Pictures with a shorter side are always PNG: exact, hardly larger, and a JPEG block is 8 pixels wide anyway."""


class Encoded(NamedTuple):
    """A picture as a file."""

    data: bytes
    format: Literal["jpeg", "png"]
    lossless: bool


class Encoder:
    """Encodes pictures at one ``quality``: ``"auto"``, a JPEG quality in 1..100, or ``"lossless"``.

    ``quality`` may be set later. Raises ValueError for any other value.
    """

    def __init__(self, quality: int | str = "auto") -> None:
        self.quality = quality

    @property
    def quality(self) -> int | str:
        """The quality as given."""
        return self._quality

    @quality.setter
    def quality(self, quality: int | str) -> None:
        self._quality = checked = checked_quality(quality)
        self._jpeg_quality = checked if isinstance(checked, int) else AUTO_QUALITY if checked == "auto" else None

    def name(self, library: str = "") -> str:
        """The encoding of moving pictures, such as ``"JPEG 85 (simplejpeg)"``. ``library`` names the GPU's encoder, if
        any.
        """
        return "PNG" if self._jpeg_quality is None else f"JPEG {self._jpeg_quality} ({library or jpeg_library()})"

    def moving_quality(self, width: int, height: int) -> int | None:
        """The JPEG quality for a moving picture of this size, or None if it should be lossless."""
        fits = SMALL_SIDE <= width <= MAX_SIDE and SMALL_SIDE <= height <= MAX_SIDE
        return self._jpeg_quality if fits else None

    def encode(self, pixels: Pixels, *, at_rest: bool) -> Encoded:
        """Encodes ``pixels``, (height, width, 4 or 3) uint8. Lossless if ``at_rest`` or if `moving_quality` is None.

        Raises ValueError for other pixels.
        """
        check(pixels)
        height, width = pixels.shape[:2]
        quality = None if at_rest else self.moving_quality(width, height)
        if quality is None:
            return Encoded(data=encode_png(pixels), format="png", lossless=True)
        return Encoded(data=encode_jpeg(pixels, quality), format="jpeg", lossless=False)


def checked_quality(quality: int | str) -> int | str:
    """``quality``, if it is ``"auto"``, ``"lossless"`` or an integer in 1..100; otherwise raises ValueError."""
    number = integer(quality)
    if number is not None and 1 <= number <= 100:
        return number
    if isinstance(quality, str) and quality in ("auto", "lossless"):
        return quality
    raise ValueError(f"quality must be 'auto', 'lossless' or an integer in 1..100, not {quality!r}")
