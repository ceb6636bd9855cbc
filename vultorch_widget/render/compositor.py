"""What every compositor does, whatever it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import torch

from .plan import Tile


class CompositorError(RuntimeError):
    """The device was lost, has no memory left, or cannot do what was asked; another compositor may."""


class Composite(Protocol):
    """The pictures of one `Compositor.compose`, valid until the next."""

    @property
    def ready(self) -> bool:
        """Whether `pixels`, and `jpeg` of what was prepared, would not wait."""

    def prepare(self, qualities: Mapping[int, int]) -> None:
        """Says which pictures `jpeg` will be asked for, and in which quality each, so that the files are made meanwhile
        where the device does that.
        """

    def pixels(self, index: int) -> np.ndarray:
        """Picture ``index``: (height, width, 4) uint8, alpha 255."""

    def jpeg(self, index: int, quality: int) -> bytes | None:
        """Picture ``index`` as a JPEG file of ``quality`` 1..100, made where it lies; None where the host has to."""


class HostPictures:
    """A `Composite` that is there already, in host memory: ``pictures`` are (height, width, 4) uint8 each."""

    ready = True

    def __init__(self, pictures: Sequence[np.ndarray]) -> None:
        self._pictures = pictures

    def prepare(self, qualities: Mapping[int, int]) -> None:
        """Nothing: the host encodes."""

    def pixels(self, index: int) -> np.ndarray:
        """See `Composite.pixels`."""
        return self._pictures[index]

    def jpeg(self, index: int, quality: int) -> None:
        """None: the host encodes."""


class Compositor(Protocol):
    """Makes pictures of tensors that live on one device."""

    @property
    def name(self) -> str:
        """Short, for people."""

    @property
    def detail(self) -> str:
        """Device, driver and version."""

    @property
    def jpeg_library(self) -> str:
        """What `Composite.jpeg` encodes with, empty where it gives None."""

    def compose(self, tiles: Sequence[Tile]) -> Composite:
        """Starts all ``tiles``. Sources in host memory have been read when it returns, and may be written again."""

    def allocate(self, height: int, width: int) -> torch.Tensor | None:
        """A zero-filled (height, width, 4) float32 tensor that is read in place; None where that cannot be."""

    def close(self) -> None:
        """Returns the memory. Safe to call twice; tensors from `allocate` stay valid."""
