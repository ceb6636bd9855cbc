"""The ready-made training: a tiny network learns one picture. `fit_image` in `api` shows it in a view."""

from .coordinates import coordinates
from .fourier import FourierFeatures
from .hash_grid import HashGrid
from .image_fit import ImageFit
from .model import TinyMLP
from .target import as_target

__all__ = ["FourierFeatures", "HashGrid", "ImageFit", "TinyMLP", "as_target", "coordinates"]
