"""The picture of one canvas: its content, as pixels or as the file that a GPU made of it, and what pages have of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..pictures.encoder import Encoded, Encoder

REST = 0.3
"""Seconds without change after which a picture has come to rest and is sent losslessly."""


@dataclass(slots=True)
class Shown:
    """One canvas: what it shows, when that last changed, and which version of it went out.

    Attributes:
        pixels: (height, width, 4) uint8, or None where only ``jpeg`` is known.
        jpeg: The file that was encoded on the GPU, or None where the host encodes.
        width, height: Of the picture; 0 where there is none.
        version: Rises with every change of content.

    """

    pixels: np.ndarray | None = None
    jpeg: bytes | None = None
    width: int = 0
    height: int = 0
    version: int = 0
    changed_at: float = 0.0
    sent_version: int = 0
    sent_lossless: bool = False

    def clear(self) -> None:
        """There is nothing to show."""
        self.pixels = self.jpeg = None
        self.width = self.height = 0

    def take_pixels(self, pixels: np.ndarray, now: float) -> bool:
        """Keeps ``pixels`` where they differ from those there are, and returns whether they do."""
        if self.pixels is None or self.pixels.shape != pixels.shape:
            self.pixels = pixels.copy()
        elif np.array_equal(self.pixels, pixels):
            return False
        else:
            np.copyto(self.pixels, pixels)
        self.jpeg = None
        self._change(pixels.shape[1], pixels.shape[0], now)
        return True

    def take_jpeg(self, jpeg: bytes, width: int, height: int, now: float) -> bool:
        """Keeps a file that was encoded where the picture lies; equal pixels make equal files. Returns as above."""
        if jpeg == self.jpeg:
            return False
        self.pixels, self.jpeg = None, jpeg
        self._change(width, height, now)
        return True

    def _change(self, width: int, height: int, now: float) -> None:
        self.width, self.height = width, height
        self.version += 1
        self.changed_at = now

    def still(self, now: float) -> bool:
        """Whether the picture has come to rest."""
        return now - self.changed_at >= REST

    @property
    def lacks_pixels(self) -> bool:
        """Whether it could not be sent losslessly, and has not been."""
        return self.jpeg is not None and self.pixels is None and not self.sent_lossless

    def forget_sent(self) -> None:
        """Counts nothing as sent."""
        self.sent_version, self.sent_lossless = 0, False

    def encoded(self, encoder: Encoder, *, still: bool) -> Encoded | None:
        """What pages do not have of it yet, and counts it as sent; None where they have all."""
        exact = still and self.pixels is not None
        if self.sent_version == self.version and (self.sent_lossless or not exact):
            return None
        if self.jpeg is not None and not exact:
            file = Encoded(data=self.jpeg, format="jpeg", lossless=False)
        elif self.pixels is not None:
            file = encoder.encode(self.pixels, at_rest=still)
        else:
            return None
        self.sent_version, self.sent_lossless = self.version, file.lossless
        return file
