"""A bounded part of a tensor's values, and when there are any."""

from __future__ import annotations

import torch

SAMPLE = 8192
"""Most values of a tensor that are looked at, evenly spaced. Norms are of all values."""


def sampled(tensor: torch.Tensor) -> torch.Tensor:
    """A copy of at most `SAMPLE` values, float32 (n,) on the same device; of a complex tensor, its magnitudes.

    They are an odd number of values apart: an even one would often meet the same columns of a matrix again and again.
    """
    values = tensor.detach().reshape(-1)
    values = values[:: stride(values.numel())]
    if values.is_complex():
        values = values.abs()
    return values.to(torch.float32, copy=True)


def stride(count: int) -> int:
    """How far apart the values of a sample lie, of ``count``."""
    return 1 if count <= SAMPLE else -(-count // SAMPLE) | 1


def readable() -> bool:
    """False while a step is compiled, or recorded into a CUDA graph: its tensors hold nothing then."""
    if torch.compiler.is_compiling():
        return False
    return not (torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing())  # type: ignore[no-untyped-call]
