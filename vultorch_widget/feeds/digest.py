"""Checksums of parameters: bitwise identical copies have the same one."""

from __future__ import annotations

from collections.abc import Iterable

import torch

SERIES = "#parameters"
"""The name under which a feed logs them."""
_CHUNK = 1 << 22
_INTEGERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


@torch.no_grad()
def digest(tensors: Iterable[torch.Tensor]) -> torch.Tensor:
    """A checksum of all values: one int64 of 52 bits, exact as a float, on the device of the first tensor.

    Nothing is waited for. It takes two passes over the values, in parts that need 64 MiB.
    """
    total: torch.Tensor | None = None
    for tensor in tensors:
        flat = tensor.detach().contiguous().reshape(-1)
        if flat.is_complex():
            flat = torch.view_as_real(flat).reshape(-1)
        numbers = flat.view(_INTEGERS[flat.element_size()])
        for start in range(0, numbers.numel(), _CHUNK):
            part = numbers[start : start + _CHUNK].to(torch.int64)
            places = torch.arange(start, start + part.numel(), device=part.device) * 0x9E3779B1 | 1
            found = (part * places).sum()
            total = found if total is None else total * 1_000_003 + found.to(total.device)
    if total is None:
        return torch.zeros((), dtype=torch.int64)
    return (total ^ (total >> 20)) & (2**52 - 1)
