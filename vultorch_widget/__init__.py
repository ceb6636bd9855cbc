"""Torch tensors, live, in a notebook cell: the ground truth beside what the network makes of it."""

from .canvas import Canvas
from .image import colormap, imwrite
from .panel import Panel
from .reading import imread
from .training.fit_image import fit_image
from .training.graph import graphed
from .view import View, create_tensor, show

__version__ = "0.1.0"

__all__ = [
    "Canvas",
    "Panel",
    "View",
    "__version__",
    "colormap",
    "create_tensor",
    "fit_image",
    "graphed",
    "imread",
    "imwrite",
    "show",
]
