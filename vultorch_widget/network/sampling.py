"""A bounded sample of a tensor's values, and whether they can be read."""

from __future__ import annotations

import torch

SAMPLE = 8192
"""Maximum values of a tensor that are examined, evenly spaced. Norms are of all values."""


def sampled(tensor: torch.Tensor) -> torch.Tensor:
    """A copy of at most `SAMPLE` values, float32 (n,) on the same device; for a complex tensor, their magnitudes.

    The stride is odd, because an even one would often hit the same columns of a matrix again and again.
    """
    values = tensor.detach().reshape(-1)
    values = values[:: stride(values.numel())]
    if values.is_complex():
        values = values.abs()
    return values.to(torch.float32, copy=True)


def stride(count: int) -> int:
    """The stride of a sample of ``count`` values."""
    return 1 if count <= SAMPLE else -(-count // SAMPLE) | 1


def readable() -> bool:
    """False while a step is being compiled, or recorded into a CUDA graph: its tensors hold no data then."""
    if torch.compiler.is_compiling():
        return False
    return not (torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing())  # type: ignore[no-untyped-call]
