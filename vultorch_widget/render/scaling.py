"""How the values of pictures are normalised: ``(value - shift) * scale``, per picture and channel."""

from __future__ import annotations

import math
from functools import lru_cache

import torch

from ..pictures.arrangement import Arrangement, Statistics

COLORS = 3
"""Alpha, the fourth channel, has no range of its own."""
_LEAST = 1e-37
"""Values closer together than this count as equal: their scale would overflow."""
_ELEMENTS = 1 << 24
"""Elements that are examined at once on a device where finding NaN takes a copy."""


def scaling(pictures: torch.Tensor, arranged: Arrangement) -> torch.Tensor | None:
    """(N, 2, 4) float32 on the device of (N, H, W, C) ``pictures``: shift and scale by picture and channel.

    None if ``arranged`` does not normalise. With ``"minmax"``, the smallest finite value becomes 0 and the largest 1;
    equal values become 0. It is computed anew for every frame.
    """
    if arranged.normalize is None or pictures.numel() == 0:
        return None
    if arranged.normalize == "minmax":
        return _by_range(pictures, each=arranged.scale_each)
    return _undoing(arranged.normalize, pictures.shape[3], pictures.device).expand(len(pictures), 2, 4)


def alike(made: torch.Tensor) -> bool:
    """True if `scaling` made one shift and one scale per channel for all pictures."""
    return made.stride(0) == 0 or len(made) == 1


@lru_cache(maxsize=32)
def _undoing(statistics: Statistics, channels: int, device: torch.device) -> torch.Tensor:
    """(2, 4): ``v * std + mean`` as a shift and a scale."""
    made = torch.tensor([[0.0] * 4, [1.0] * 4], dtype=torch.float64)
    means, deviations = (torch.tensor(values, dtype=torch.float64) for values in statistics)
    # A single value applies to all colours; alpha takes part only if it has its own value.
    count = channels if max(map(len, statistics)) == channels else min(channels, COLORS)
    made[0, :count] = -means / deviations
    made[1, :count] = deviations
    return made.to(device, torch.float32)


def _by_range(pictures: torch.Tensor, *, each: bool) -> torch.Tensor:
    colors = pictures[..., :COLORS]
    if colors.dtype == torch.bool:
        colors = colors.to(torch.uint8)
    least, most = _extremes(colors)
    if not each:
        least, most = least.amin(0, keepdim=True).expand_as(least), most.amax(0, keepdim=True).expand_as(most)
    extent = most - least
    normal = torch.isfinite(extent) & (extent > _LEAST)
    made = torch.zeros((len(pictures), 2, 4), dtype=torch.float32, device=pictures.device)
    made[:, 1] = 1
    made[:, 0, :COLORS] = torch.where(torch.isfinite(least), least, 0)[:, None]
    made[:, 1, :COLORS] = torch.where(normal, 1 / extent, 1)[:, None]
    return made


def _extremes(colors: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The smallest and the largest finite value of each picture, (N,) float64; infinite if there is none."""
    if not colors.is_floating_point():
        unit = 255 if colors.dtype == torch.uint8 else 1
        return colors.amin((1, 2, 3)).double() / unit, colors.amax((1, 2, 3)).double() / unit
    least, most = colors.amin((1, 2, 3)).double(), colors.amax((1, 2, 3)).double()
    # Reading the result from a GPU would wait for the training.
    if colors.device.type == "cpu" and bool(torch.isfinite(least + most).all()):
        return least, most
    count = max(1, _ELEMENTS // max(1, colors[0].numel()))
    try:
        parts = [_finite_extremes(colors[at : at + count]) for at in range(0, len(colors), count)]
    except torch.OutOfMemoryError:  # a training may have taken all of the memory
        return least, most
    return torch.cat([low for low, _ in parts]), torch.cat([high for _, high in parts])


def _finite_extremes(colors: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    least = colors.nan_to_num(math.inf, math.inf, math.inf).amin((1, 2, 3))
    most = colors.nan_to_num(-math.inf, -math.inf, -math.inf).amax((1, 2, 3))
    return least.double(), most.double()
