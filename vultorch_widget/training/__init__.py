"""The ready-made training: a tiny network that learns one picture. `fit_image` in `api` puts it into a view."""

from .coordinates import coordinates
from .image_fit import ImageFit
from .model import TinyMLP
from .target import as_target

__all__ = ["ImageFit", "TinyMLP", "as_target", "coordinates"]
