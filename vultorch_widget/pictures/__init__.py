"""Pictures as files: JPEG, PNG, and the choice between them."""

from .encoder import Encoded, Encoder, check_quality
from .jpeg import encode_jpeg
from .png import encode_png

__all__ = ["Encoded", "Encoder", "check_quality", "encode_jpeg", "encode_png"]
