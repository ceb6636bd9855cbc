"""Torch tensors, live, in a notebook cell: the ground truth beside what the network makes of it."""

from . import ui
from .canvas import Canvas
from .image import colormap, imwrite
from .panel import Panel
from .pointer import PointerEvent
from .reading import imread
from .scene.camera import Camera
from .scene.light import Light
from .scene_view import SceneView
from .training.fit_image import fit_image
from .training.graph import graphed
from .view import View, create_tensor, show

__version__ = "0.1.0"

__all__ = [
    "Camera",
    "Canvas",
    "Light",
    "Panel",
    "PointerEvent",
    "SceneView",
    "View",
    "__version__",
    "colormap",
    "create_tensor",
    "fit_image",
    "graphed",
    "imread",
    "imwrite",
    "show",
    "ui",
]
