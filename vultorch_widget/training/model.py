"""The network, small enough for watching every training step."""

from __future__ import annotations

import torch
from torch import nn


class TinyMLP(nn.Module):
    """Maps a position to a colour: 2 - ``width`` - ``width`` - 3, ReLU between the layers and a sigmoid at the end.

    Raises ValueError for a ``width`` below 1.

    Attributes:
        width: Units in each of the two hidden layers.

    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        if width < 1:
            raise ValueError(f"width must be at least 1 unit, not {width}")
        self.width = width
        self.net = nn.Sequential(
            nn.Linear(2, width),
            nn.ReLU(inplace=True),
            nn.Linear(width, width),
            nn.ReLU(inplace=True),
            nn.Linear(width, 3),
            nn.Sigmoid(),
        )

    def forward(self, places: torch.Tensor) -> torch.Tensor:
        """Maps ``places`` (N, 2) in -1..1 to colours (N, 3) in 0..1."""
        colors: torch.Tensor = self.net(places)
        return colors


def seeded_mlp(width: int, seed: int) -> TinyMLP:
    """Makes the network that ``torch.manual_seed(seed); TinyMLP(width)`` would give, on the CPU.

    The global generators, including the GPUs', are left unchanged.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would seed the GPUs too
        return TinyMLP(width)
