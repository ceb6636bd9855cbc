"""A training step of the tiny network in two CUDA kernels. Imported only when a GPU trains.

Importing it raises ImportError if cuda-bindings is not installed.
"""

from .step import FusedStep

__all__ = ["FusedStep"]
