"""Maps numbers to colours. `cmap` is imported on first use."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ..basics.arguments import real
from ..basics.storage import check_memory

_WIDE = (torch.float64, torch.int32, torch.int64, torch.uint32, torch.uint64)
"""Dtypes that float32 would round before their range is computed."""


def colormap(
    tensor: torch.Tensor, cmap: str = "turbo", *, vmin: float | None = None, vmax: float | None = None
) -> torch.Tensor:
    """Maps the numbers of ``tensor``, (H, W) or (H, W, 1), to colours: (H, W, 3) float32 in 0..1 on the same device.

    ``vmin`` gets the first and ``vmax`` the last of the 256 colours of the `cmap` colormap; None stands for the
    smallest and the largest finite value. Numbers outside the range get the colour of the nearer end; NaN stays NaN,
    which a canvas paints magenta. A constant tensor gets the first colour.

    Does not wait for a GPU: a ``vmin`` or ``vmax`` that is a tensor on one is used unchecked. Raises ValueError for
    another shape, an unknown colormap, a ``vmin`` or ``vmax`` that is not a finite number, and a ``vmin`` that is not
    below ``vmax``.
    """
    if tensor.dim() not in (2, 3) or (tensor.dim() == 3 and tensor.shape[2] != 1) or tensor.is_complex():
        raise ValueError(f"colormap takes (H, W) or (H, W, 1) real numbers, not {tuple(tensor.shape)} {tensor.dtype}")
    check_memory(tensor)
    first, last = _end("vmin", vmin), _end("vmax", vmax)
    if isinstance(first, float) and isinstance(last, float) and not first < last:
        raise ValueError(f"colormap: vmin must be below vmax, not {vmin} and {vmax}")
    table = torch.from_numpy(colormap_table(cmap)).to(tensor.device)
    wide = tensor.dtype in _WIDE and tensor.device.type != "mps"  # MPS has no float64
    values = tensor.detach().reshape(tensor.shape[:2]).to(torch.float64 if wide else torch.float32)
    if values.numel() == 0:
        return table.new_empty(*values.shape, 3)
    finite = values.isfinite()
    low = torch.where(finite, values, torch.inf).amin() if first is None else _scalar(first, values)
    high = torch.where(finite, values, -torch.inf).amax() if last is None else _scalar(last, values)
    # Halved first: the difference may exceed the largest number.
    share = torch.where(high > low, (values / 2 - low / 2) / (high / 2 - low / 2), 0.0)
    index = (share.nan_to_num(0.0).clamp(0, 1) * 255 + 0.5).floor().long()
    return torch.where(values.isnan()[..., None], torch.nan, table[index])


def _end(name: str, value: Any) -> float | torch.Tensor | None:
    """``value`` as a finite number. A scalar on a GPU is returned unchecked: checking would wait for the GPU."""
    if isinstance(value, torch.Tensor):
        scalar: torch.Tensor = value.detach()
        if scalar.device.type != "cpu" and scalar.numel() == 1:
            return scalar.reshape(())
        value = scalar
    return None if value is None else real("colormap", name, value)


def _scalar(end: float | torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return torch.as_tensor(end, dtype=like.dtype, device=like.device)


@cache
def colormap_table(name: str) -> npt.NDArray[np.float32]:
    """The `cmap` colormap ``name`` as (256, 3) float32 in 0..1. Raises ValueError for an unknown name."""
    from cmap import Colormap  # noqa: PLC0415

    try:
        # Not `lut`: it gives only a qualitative map's ten colours, even if 256 are asked for.
        return np.asarray(Colormap(name)(np.linspace(0, 1, 256)), dtype=np.float32)[:, :3]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{name!r} is not a colormap that cmap knows: {error}") from error
