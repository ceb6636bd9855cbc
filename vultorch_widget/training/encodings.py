"""Encodings of positions: what a network gets instead of x and y."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import nn

from .fourier import FourierFeatures
from .hash_grid import HashGrid, RasterizedGrid

Encoding = Literal["fourier", "hash"]


def checked_encoding(encoding: str | None) -> Encoding | None:
    """Returns ``encoding``. Raises ValueError unless it is None or one of `Encoding`."""
    for known in (None, *get_args(Encoding)):
        if encoding == known:
            return known  # type: ignore[no-any-return]
    raise ValueError(f"encoding must be None, 'fourier' or 'hash', not {encoding!r}")


def new_encoding(encoding: Encoding | None, height: int, width: int) -> FourierFeatures | HashGrid | None:
    """Makes the encoding for a picture of ``height`` by ``width`` pixels, on the CPU."""
    if encoding == "fourier":
        return FourierFeatures()
    if encoding == "hash":
        return HashGrid(max(1, max(height, width) // 2))  # half the picture's width, as in the paper
    return None


class Inputs:
    """What a network gets as input for each pixel of a picture.

    Args:
        encoding: The network's encoding.
        coords: (height * width, 2) float32; see `coordinates`.
        height: Pixels along y.
        width: Pixels along x.

    """

    def __init__(self, encoding: nn.Module | None, coords: torch.Tensor, height: int, width: int) -> None:
        self._coords = coords
        self._fourier = encoding if isinstance(encoding, FourierFeatures) else None
        self._raster = RasterizedGrid(encoding, height, width) if isinstance(encoding, HashGrid) else None
        self._version = -1
        self.fixed = coords
        """(height * width, features) float32, if no parameter changes them. Stays in the same memory."""
        if self._fourier is not None:
            self.fixed = coords.new_empty(len(coords), self._fourier.features)
            self.refresh()

    def refresh(self) -> None:
        """Recomputes fixed features if what they depend on has changed, for example by ``load_state_dict``."""
        if self._fourier is not None and self._version != self._fourier.matrix._version:
            with torch.no_grad():
                parts = (torch.split(each, 1 << 16) for each in (self._coords, self.fixed))
                for coords, features in zip(*parts, strict=True):  # in parts, since sines and cosines take memory too
                    features.copy_(self._fourier(coords))
            self._version = self._fourier.matrix._version

    def __call__(self) -> torch.Tensor:
        """Returns (height * width, features), with a graph if they are trained."""
        return self.fixed if self._raster is None else self._raster()
