"""Checks that a tensor's memory is available."""

from __future__ import annotations

import torch


def check_memory(tensor: torch.Tensor) -> None:
    """Raises ValueError if the storage of the strided ``tensor`` is smaller than its elements need.

    FSDP and others free storages by ``untyped_storage().resize_(0)``. torch does not check for that, and reading such a
    tensor would crash the process.
    """
    need = _extent(tensor)
    there = tensor.untyped_storage().nbytes()
    if need > there:
        raise ValueError(
            f"a tensor of shape {tuple(tensor.shape)} needs {need:,} bytes, and its storage has {there:,}: it was "
            "freed or shrunk (`untyped_storage().resize_`, as FSDP does). Use a copy, made while it was there: "
            "`copy.copy_(tensor)`"
        )


def standing(tensor: torch.Tensor) -> tuple[object, ...]:
    """Everything but the values of ``tensor``, which may change in place: what `check_memory` and checks of shapes
    read.
    """
    bytes_there = tensor.untyped_storage().nbytes()
    return (tensor.shape, tensor.stride(), tensor.storage_offset(), bytes_there, tensor.dtype, tensor.device)


def _extent(tensor: torch.Tensor) -> int:
    """Bytes from the storage's start to the end of the last element; 0 if there are no elements."""
    last = tensor.storage_offset()
    for size, stride in zip(tensor.shape, tensor.stride(), strict=True):
        if size == 0:
            return 0
        last += (size - 1) * stride
    return int(last + 1) * tensor.itemsize
