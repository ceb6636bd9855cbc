"""Pictures: which tensors are pictures, their encodings, picture files and colormaps.

`render` turns tensors into pixels.
"""

from .encoder import Encoded, Encoder, checked_quality
from .jpeg import encode_jpeg
from .png import encode_png

__all__ = ["Encoded", "Encoder", "checked_quality", "encode_jpeg", "encode_png"]
