"""The ready-made training: a tiny network learns one picture. `fit_image` in `api` shows it in a view."""

from .coordinates import coordinates
from .image_fit import ImageFit
from .model import TinyMLP
from .target import as_target

__all__ = ["ImageFit", "TinyMLP", "as_target", "coordinates"]
