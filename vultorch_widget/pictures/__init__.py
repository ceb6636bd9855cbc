"""Pixels: which tensors are pictures, their encodings, picture files and colormaps.

How tensors become pixels belongs to `render`.
"""

from .encoder import Encoded, Encoder, check_quality
from .jpeg import encode_jpeg
from .png import encode_png

__all__ = ["Encoded", "Encoder", "check_quality", "encode_jpeg", "encode_png"]
