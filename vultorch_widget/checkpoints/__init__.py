"""Copies of a training's state in host memory, and how they are put back: what an exact way back needs.

When they are taken, and what else goes back with them, is decided in `run`.
"""

from .batches import Batches
from .ring import Kept, Point, Ring
from .training_state import Checkpoint, RestoreError, TrainingState

__all__ = ["Batches", "Checkpoint", "Kept", "Point", "RestoreError", "Ring", "TrainingState"]
