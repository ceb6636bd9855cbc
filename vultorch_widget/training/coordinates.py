"""Pixel coordinates, the network's input."""

from __future__ import annotations

import torch


def coordinates(height: int, width: int, device: str | torch.device = "cpu") -> torch.Tensor:
    """Returns (height * width, 2) float32: x and y of every pixel, row by row from the top left.

    Both run from -1 at the first pixel to 1 at the last, whatever the length of the side. Raises ValueError for a side
    below 1.
    """
    if height < 1 or width < 1:
        raise ValueError(f"a picture of {height} by {width} pixels has no coordinates: both sides are at least 1")
    ys, xs = (torch.linspace(-1.0, 1.0, side, dtype=torch.float32, device=device) for side in (height, width))
    yy, xx = torch.meshgrid(ys, xs, indexing="ij")
    return torch.stack([xx, yy], dim=-1).reshape(-1, 2)
