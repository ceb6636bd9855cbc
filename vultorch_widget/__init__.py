"""Torch tensors, live, in a notebook cell: the ground truth beside what the network makes of it."""

__version__ = "0.1.0"
