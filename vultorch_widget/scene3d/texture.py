"""A tensor as a texture with mipmaps."""

from __future__ import annotations

import torch
from torch.nn import functional

from ..pictures import tensors


class Texture:
    """``tensor``, valid for `tensors.check` and with at least one texel, on its device.

    Attributes:
        height, width: In texels.
        opaque: True if it has no alpha.

    """

    def __init__(self, tensor: torch.Tensor) -> None:
        self.height, self.width = tensors.size(tensor)
        self._levels = [_planes(tensor)]
        self.opaque = self._levels[0].shape[1] == 3

    def sample(self, u: torch.Tensor, v: torch.Tensor, footprint: torch.Tensor) -> list[torch.Tensor]:
        """Samples colours at ``u`` and ``v``, (h, w) in 0..1, trilinearly: C channels, (h, w) each. Edges are repeated.

        ``footprint`` is the number of texels between one pixel and the next, (h, w). With alpha, C is 4 and colours are
        premultiplied.
        """
        # One channel at a time: with several, torch would use all threads, see `plane.SERIAL`.
        grid = u.new_empty((1, *u.shape, 2))
        for axis, place in enumerate((u, v)):
            torch.mul(place, 2, out=grid[0, ..., axis]).sub_(1)
        detail = footprint.clamp_(min=1).log2_()
        lowest, highest = (int(end) for end in torch.aminmax(detail))
        if float(detail.amax()) > highest:
            highest += 1
        if highest == 0:
            return list(self._bilinear(0, grid))
        total = [torch.zeros_like(u) for _ in range(self._levels[0].shape[1])]
        for level in range(lowest, highest + 1):
            weight = (1 - (detail - level).abs()).clamp_(min=0)
            unused = weight == 0  # here NaN times 0 would still be NaN
            for channel, plane in zip(total, self._bilinear(level, grid), strict=True):
                channel.addcmul_(plane.masked_fill_(unused, 0), weight)
        return total

    def _bilinear(self, level: int, grid: torch.Tensor) -> torch.Tensor:
        planes = self._level(level)
        return functional.grid_sample(planes, grid, "bilinear", "border", align_corners=False)[0]

    def _level(self, level: int) -> torch.Tensor:
        """(1, C, H, W) at half the previous level's size. The last level is a single texel."""
        while len(self._levels) <= level:
            height, width = self._levels[-1].shape[2:]
            if height == width == 1:
                return self._levels[-1]
            size = max(1, height // 2), max(1, width // 2)
            self._levels.append(functional.interpolate(self._levels[-1], size, mode="area"))
        return self._levels[level]


def _planes(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor as (1, 3|4, H, W) float32 in 0..1, premultiplied."""
    values = tensor.detach().to(torch.float32)
    values = values / 255 if tensor.dtype == torch.uint8 else values
    values = values[..., None] if values.dim() == 2 else values
    if values.shape[2] == 1:
        values = values.expand(-1, -1, 3)
    if values.shape[2] == 4:
        values = torch.cat([values[..., :3] * values[..., 3:], values[..., 3:]], dim=2)
    return values.permute(2, 0, 1)[None].contiguous()
