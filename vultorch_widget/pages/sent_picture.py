"""The picture of one canvas, as pixels or as a file that was not made here, and which version of it was sent.

Such a file was encoded on the GPU or in another process.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..pictures.encoder import Encoded, Encoder
from ..render.plan import Crop

REST = 0.3
"""Seconds without change after which a picture counts as settled and is sent losslessly."""


@dataclass(slots=True)
class Shown:
    """What one canvas shows, when that last changed, and which version was sent.

    Attributes:
        pixels: (height, width, 4) uint8, or None if only ``jpeg`` is known.
        jpeg: The file encoded elsewhere, or None if the host encodes.
        width, height: Size of the picture; 0 if there is none.
        crop: The part that it shows, in texels; None for the whole.
        version: Increases with every change of content.

    """

    pixels: np.ndarray | None = None
    jpeg: bytes | None = None
    width: int = 0
    height: int = 0
    crop: Crop | None = None
    version: int = 0
    changed_at: float = 0.0
    sent_version: int = 0
    sent_lossless: bool = False

    def clear(self) -> None:
        """Marks the canvas as showing nothing."""
        self.pixels = self.jpeg = None
        self.width = self.height = 0

    def take_pixels(self, pixels: np.ndarray, now: float, crop: Crop | None = None) -> bool:
        """Keeps a copy of ``pixels`` of ``crop`` if they differ from the current ones, and returns whether they do."""
        if self.pixels is None or self.pixels.shape != pixels.shape:
            self.pixels = pixels.copy()
        elif crop == self.crop and np.array_equal(self.pixels, pixels):
            return False
        else:
            np.copyto(self.pixels, pixels)
        self.jpeg = None
        self._change(pixels.shape[1], pixels.shape[0], now, crop)
        return True

    def take_jpeg(self, jpeg: bytes, width: int, height: int, now: float, crop: Crop | None = None) -> bool:
        """Keeps a file encoded elsewhere and returns whether it differs; equal pixels make equal files."""
        if jpeg == self.jpeg and crop == self.crop:
            return False
        self.pixels, self.jpeg = None, jpeg
        self._change(width, height, now, crop)
        return True

    def shows(self, jpeg: bytes) -> bool:
        """Whether this file is the whole picture."""
        return self.crop is None and self.jpeg == jpeg

    def settle(self, jpeg: bytes, pixels: np.ndarray) -> bool:
        """Keeps a copy of the ``pixels`` of the file, to be sent losslessly. Returns False if it shows another picture,
        or has some.
        """
        if self.pixels is not None or not self.shows(jpeg):
            return False
        self.pixels = pixels.copy()
        return True

    def _change(self, width: int, height: int, now: float, crop: Crop | None) -> None:
        self.width, self.height, self.crop = width, height, crop
        self.version += 1
        self.changed_at = now

    def still(self, now: float) -> bool:
        """Returns whether the picture has settled."""
        return now - self.changed_at >= REST

    @property
    def lacks_pixels(self) -> bool:
        """True if the picture could not be sent losslessly and still has not been."""
        return self.jpeg is not None and self.pixels is None and not self.sent_lossless

    @property
    def settled(self) -> bool:
        """True if the pages have its pixels."""
        return self.sent_lossless and self.sent_version == self.version

    def forget_sent(self) -> None:
        """Marks nothing as sent."""
        self.sent_version, self.sent_lossless = 0, False

    def encoded(self, encoder: Encoder, *, still: bool) -> Encoded | None:
        """Returns what the pages lack, encoded, and marks it as sent; None if they have the latest version."""
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
