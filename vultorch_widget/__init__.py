"""Torch tensors, live, in a notebook cell: the ground truth beside what the network makes of it."""

import torch

from . import ui
from .api.fit_image import fit_image
from .api.imread import imread
from .api.scene_view import SceneView
from .api.tensors import create_tensor, show
from .api.view import View, views
from .pictures.colormap import colormap
from .pictures.image_files import imwrite
from .scene3d.camera import Camera
from .scene3d.light import Light
from .training.cuda_graph import graphed
from .tree.canvas import Canvas
from .tree.panel import Panel
from .tree.pointer import PointerEvent

__version__ = "0.1.0"
"""Of the package."""

HAS_CUDA: bool
"""Whether torch can use a CUDA device here. Found out when it is asked, not when this is imported."""

__all__ = [
    "HAS_CUDA",
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
    "views",
]


def __getattr__(name: str) -> bool:
    if name == "HAS_CUDA":
        return torch.cuda.is_available()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """What users may write after ``vultorch_widget.``: the rest is how it is made."""
    return sorted([*__all__, "training", "__doc__", "__file__", "__name__", "__path__"])
