"""A picture that came as a file, such as from another process, and may be shown without decoding it here."""

from __future__ import annotations

import io
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image

from .jpeg import decode_jpeg
from .pixels import Pixels


class PictureFile(NamedTuple):
    """A JPEG or PNG file of ``width`` x ``height`` colour pixels."""

    data: bytes
    format: Literal["jpeg", "png"]
    width: int
    height: int

    def problem(self) -> str:
        """What is wrong with the file as far as its beginning shows; empty if nothing is. Decodes nothing."""
        try:
            image = Image.open(io.BytesIO(self.data), formats=[self.format.upper()])
        except (OSError, SyntaxError) as error:
            return str(error)
        wrong = image.size != (self.width, self.height)
        return f"a file of {image.size} is not {self.width} x {self.height}" if wrong else ""

    def decoded(self) -> Pixels:
        """(height, width, 3) uint8. Raises ValueError if the file is damaged or has another size."""
        try:
            if self.format == "jpeg":
                pixels = decode_jpeg(self.data)
            else:
                pixels = np.array(Image.open(io.BytesIO(self.data), formats=["PNG"]).convert("RGB"))
        except (OSError, SyntaxError, ValueError) as error:
            raise ValueError(f"a {self.format} file of {len(self.data)} bytes is damaged: {error}") from error
        if pixels.shape != (self.height, self.width, 3):
            raise ValueError(f"a file of {pixels.shape[1]} x {pixels.shape[0]} is not {self.width} x {self.height}")
        return pixels
