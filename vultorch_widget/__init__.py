"""Torch tensors, live, in a notebook cell: the ground truth beside what the network makes of it."""

from .canvas import Canvas
from .panel import Panel
from .view import View, create_tensor, show

__version__ = "0.1.0"

__all__ = ["Canvas", "Panel", "View", "__version__", "create_tensor", "show"]
