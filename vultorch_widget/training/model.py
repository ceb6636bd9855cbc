"""The network, small enough that every training step can be watched."""

from __future__ import annotations

import operator
from collections.abc import Callable

import torch
from torch import nn

from ..basics.arguments import number_of
from .fourier import FourierFeatures
from .hash_grid import HashGrid


class TinyMLP(nn.Module):
    """Maps a position to a colour: 2 - ``width`` - ``width`` - 3, ReLU between the layers and a sigmoid at the end.

    Its parameters are float32. With an encoding, the first layer gets the encoded position.

    Raises ValueError for a ``width`` below 1.

    Attributes:
        width: Units in each of the two hidden layers.
        encoding: Applied before the layers; None for the position itself.
        net: The layers.

    """

    def __init__(self, width: int = 64, encoding: FourierFeatures | HashGrid | None = None) -> None:
        super().__init__()
        self.width = width = number_of("width", "units", width)
        self.encoding = encoding
        self.net = nn.Sequential(
            nn.Linear(2 if encoding is None else encoding.features, width, dtype=torch.float32),
            nn.ReLU(inplace=True),
            nn.Linear(width, width, dtype=torch.float32),
            nn.ReLU(inplace=True),
            nn.Linear(width, 3, dtype=torch.float32),
            nn.Sigmoid(),
        )

    def forward(self, places: torch.Tensor) -> torch.Tensor:
        """Maps ``places`` (N, 2) in -1..1 to colours (N, 3) in 0..1."""
        colors: torch.Tensor = self.net(places if self.encoding is None else self.encoding(places))
        return colors


def seeded_mlp(
    width: int, seed: int, encoded: Callable[[], FourierFeatures | HashGrid | None] = lambda: None
) -> TinyMLP:
    """Makes the network that ``torch.manual_seed(seed); TinyMLP(width, encoded())`` would give, on the CPU.

    The global generators, including the GPUs', are left unchanged. torch's default device and dtype make no difference.
    """
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        torch.default_generator.manual_seed(operator.index(seed))  # torch.manual_seed would seed the GPUs too
        return TinyMLP(width, encoded())
