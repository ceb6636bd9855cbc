"""Shows torch tensors live in a notebook cell, such as a ground truth next to the network's prediction."""

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
"""The version of this package."""

HAS_CUDA: bool
"""True if torch can use a CUDA device here. Evaluated on access, not on import."""

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
    """Lists public names only."""
    return sorted([*__all__, "training", "__doc__", "__file__", "__name__", "__path__"])
