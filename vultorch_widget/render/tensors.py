"""Which tensors are pictures."""

from __future__ import annotations

import torch

DTYPES = (torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.uint8, torch.bool)
CHANNELS = (1, 3, 4)


def check(tensor: torch.Tensor) -> None:
    """Raises ValueError unless ``tensor`` is (H, W) or (H, W, 1|3|4) of one of `DTYPES`. It may have no elements."""
    if not isinstance(tensor, torch.Tensor):
        raise _refused(f"not a torch tensor but {type(tensor).__name__}")
    if tensor.layout is not torch.strided or tensor.is_nested or tensor.device.type == "meta":
        kind = "nested" if tensor.is_nested else _short(tensor.layout)
        raise _refused(f"a {kind} tensor on {tensor.device} has no pixels")
    shape = tensor.shape
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in CHANNELS):
        raise _refused(f"a tensor of shape {tuple(shape)} and dtype {_short(tensor.dtype)} is no picture")
    if tensor.dtype not in DTYPES:
        raise _refused(f"a tensor of dtype {_short(tensor.dtype)} and shape {tuple(shape)} is no picture")


def _refused(reason: str) -> ValueError:
    return ValueError(f"{reason}; accepted are (H, W) and (H, W, 1|3|4) of {', '.join(map(_short, DTYPES))}")


def _short(name: torch.dtype | torch.layout) -> str:
    return str(name).removeprefix("torch.")


def size(tensor: torch.Tensor) -> tuple[int, int]:
    """Height and width in texels."""
    return tensor.shape[0], tensor.shape[1]


def channel_count(tensor: torch.Tensor) -> int:
    """1, 3 or 4."""
    return tensor.shape[2] if tensor.dim() == 3 else 1
