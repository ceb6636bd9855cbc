"""Shows torch tensors live in a notebook cell, such as a ground truth next to the network's prediction."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import torch

from . import ui
from .api.tensors import create_tensor, show
from .api.view import View, views
from .metrics.alarms import Alarm
from .pictures.colormap import colormap
from .tree.canvas import Canvas
from .tree.panel import Panel
from .tree.pointer import PointerEvent

if TYPE_CHECKING:
    from . import training as training
    from .api.fit_image import fit_image
    from .api.ghosts import Ghost
    from .api.imread import imread
    from .api.scene_view import SceneView
    from .checkpoints.batches import Batches
    from .checkpoints.training_state import RestoreError
    from .feeds.feed import Feed, feed
    from .inspection.lives import Life
    from .inspection.probe import Probe, Reading, Texel
    from .loops.watch import Watch
    from .pictures.image_files import imwrite
    from .run.futures import Future, Futures
    from .run.rewinding import LeftBranch
    from .scene3d.camera import Camera
    from .scene3d.light import Light
    from .training.cuda_graph import graphed

__version__ = "0.1.0"
"""The version of this package."""

HAS_CUDA: bool
"""True if torch can use a CUDA device here. Evaluated on access, not on import."""

__all__ = [
    "HAS_CUDA",
    "Alarm",
    "Batches",
    "Camera",
    "Canvas",
    "Feed",
    "Future",
    "Futures",
    "Ghost",
    "LeftBranch",
    "Life",
    "Light",
    "Panel",
    "PointerEvent",
    "Probe",
    "Reading",
    "RestoreError",
    "SceneView",
    "Texel",
    "View",
    "Watch",
    "__version__",
    "colormap",
    "create_tensor",
    "feed",
    "fit_image",
    "graphed",
    "imread",
    "imwrite",
    "show",
    "ui",
    "views",
]


_ON_ACCESS = {
    "Batches": ".checkpoints.batches",
    "Camera": ".scene3d.camera",
    "LeftBranch": ".run.rewinding",
    "Feed": ".feeds.feed",
    "Future": ".run.futures",
    "Futures": ".run.futures",
    "Ghost": ".api.ghosts",
    "Life": ".inspection.lives",
    "Light": ".scene3d.light",
    "Probe": ".inspection.probe",
    "Reading": ".inspection.probe",
    "RestoreError": ".checkpoints.training_state",
    "SceneView": ".api.scene_view",
    "Texel": ".inspection.probe",
    "Watch": ".loops.watch",
    "feed": ".feeds.feed",
    "fit_image": ".api.fit_image",
    "graphed": ".training.cuda_graph",
    "imread": ".api.imread",
    "imwrite": ".pictures.image_files",
}
"""Names that most programs do not use, and the modules that define them. They are imported on first access."""


def __getattr__(name: str) -> object:
    if name == "HAS_CUDA":
        return torch.cuda.is_available()
    if name == "training":
        return import_module(".training", __name__)
    if name not in _ON_ACCESS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_ON_ACCESS[name], __name__), name)
    return value


def __dir__() -> list[str]:
    """Lists public names only."""
    return sorted([*__all__, "training", "__doc__", "__file__", "__name__", "__path__"])
