"""A training step of the tiny network in two CUDA kernels. Imported only where a GPU trains.

Importing it raises ImportError where cuda-bindings is not installed.
"""

from .step import FusedStep

__all__ = ["FusedStep"]
