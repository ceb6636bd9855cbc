"""Fourier features: sines and cosines of a position, with which a network learns fine detail."""

from __future__ import annotations

import math

import torch
from torch import nn

from ..basics.arguments import number_of


class FourierFeatures(nn.Module):
    """Maps a position v to cos(2π B v) and sin(2π B v), where B is fixed and random: normal around 0, with deviation
    ``scale``.

    These are the Gaussian features of Tancik et al., "Fourier Features Let Networks Learn High Frequency Functions in
    Low Dimensional Domains", 2020. A picture spans 0..1 there and -1..1 here, so v is half the position, and a row of B
    is a frequency in periods along a side of the picture. B is drawn from torch's default generator.

    Args:
        count: Rows of B, at least 1. The paper has 256.
        scale: Standard deviation of B, finite and above 0. The paper found 10 best for photographs and 14 for text.

    Attributes:
        features: Numbers per position, twice ``count``.
        matrix: B, (count, 2) float32: a buffer, which the state dict keeps.

    Raises ValueError for values out of range.

    """

    matrix: torch.Tensor

    def __init__(self, count: int = 64, scale: float = 10.0) -> None:
        super().__init__()
        count = number_of("count", "frequencies", count)
        if not 0 < scale < math.inf:
            raise ValueError(f"scale must be a number above 0, not {scale}")
        self.features = 2 * count
        self.register_buffer("matrix", torch.randn(count, 2, dtype=torch.float32) * scale)

    def forward(self, places: torch.Tensor) -> torch.Tensor:
        """Maps ``places`` (N, 2) in -1..1 to (N, 2 * count) in -1..1: all cosines, then all sines."""
        angles = places @ (math.pi * self.matrix).t()  # 2π B v, with v = places / 2
        return torch.cat([torch.cos(angles), torch.sin(angles)], dim=1)

    @property
    def summary(self) -> str:
        """A short description."""
        return f"{self.features} Fourier features"
