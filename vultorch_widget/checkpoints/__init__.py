"""Copies of a training's state in host memory, and how they are restored exactly.

`run` decides when they are taken, and what else is restored with them.
"""

from .batches import Batches
from .ring import Kept, Point, Ring
from .training_state import Checkpoint, RestoreError, TrainingState

__all__ = ["Batches", "Checkpoint", "Kept", "Point", "RestoreError", "Ring", "TrainingState"]
