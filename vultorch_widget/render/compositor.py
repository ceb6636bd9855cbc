"""The interface of every compositor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Protocol

import numpy as np
import torch

from .plan import Tile


class CompositorError(RuntimeError):
    """The device was lost, is out of memory, or cannot do what was asked. Another compositor may succeed."""


class Composite(Protocol):
    """The pictures of one `Compositor.compose` call, valid until the next call."""

    @property
    def ready(self) -> bool:
        """True if `pixels`, and `jpeg` for prepared pictures, would return without waiting."""

    def prepare(self, qualities: Mapping[int, int]) -> None:
        """Starts encoding the pictures that `jpeg` will be called for, if the device can: picture index -> quality."""

    @property
    def problem(self) -> str:
        """Why files that `jpeg` has returned were made in a slower way than the best, or empty."""

    @property
    def held_up(self) -> float:
        """Seconds for which making the pictures holds up other work of a GPU, beyond their few microseconds there."""

    def pixels(self, index: int) -> np.ndarray:
        """Picture ``index`` as (height, width, 4) uint8, alpha 255."""

    def jpeg(self, index: int, quality: int) -> bytes | None:
        """Picture ``index`` as a JPEG file of ``quality`` 1..100, encoded on its device, or None if the host must
        encode it.
        """


class HostPictures:
    """A finished `Composite` in host memory. Each picture is (height, width, 4) uint8."""

    ready = True
    problem = ""
    held_up = 0.0

    def __init__(self, pictures: Sequence[np.ndarray]) -> None:
        self._pictures = pictures

    def prepare(self, qualities: Mapping[int, int]) -> None:
        """Does nothing: the host encodes."""

    def pixels(self, index: int) -> np.ndarray:
        """See `Composite.pixels`."""
        return self._pictures[index]

    def jpeg(self, index: int, quality: int) -> None:
        """Returns None: the host encodes."""


class Merged:
    """The pictures of several composites as one `Composite`: picture ``index`` is ``places[index]``, a composite and
    its own index there.
    """

    def __init__(self, places: Sequence[tuple[Composite, int]]) -> None:
        self._places = places
        self._parts = list({id(part): part for part, _ in places}.values())

    @property
    def ready(self) -> bool:
        """See `Composite.ready`."""
        return all(part.ready for part in self._parts)

    @property
    def problem(self) -> str:
        """See `Composite.problem`."""
        return next((part.problem for part in self._parts if part.problem), "")

    @property
    def held_up(self) -> float:
        """See `Composite.held_up`."""
        return sum(part.held_up for part in self._parts)

    def prepare(self, qualities: Mapping[int, int]) -> None:
        """See `Composite.prepare`."""
        for part in self._parts:
            asked = [(*self._places[index], quality) for index, quality in qualities.items()]
            part.prepare({place: quality for owner, place, quality in asked if owner is part})

    def pixels(self, index: int) -> np.ndarray:
        """See `Composite.pixels`."""
        part, place = self._places[index]
        return part.pixels(place)

    def jpeg(self, index: int, quality: int) -> bytes | None:
        """See `Composite.jpeg`."""
        part, place = self._places[index]
        return part.jpeg(place, quality)


class Compositor(Protocol):
    """Makes pictures of the tensors on one device."""

    @property
    def name(self) -> str:
        """A short name for the user."""

    @property
    def detail(self) -> str:
        """Device, driver and version."""

    @property
    def jpeg_library(self) -> str:
        """The library that `Composite.jpeg` encodes with, or empty if it returns None."""

    def compose(self, tiles: Sequence[Tile]) -> Composite:
        """Starts compositing ``tiles``. Sources in host memory may be overwritten as soon as this returns."""

    def allocate(self, height: int, width: int) -> torch.Tensor | None:
        """A zero-filled (height, width, 4) float32 tensor that is read in place, or None if the device cannot do
        that.
        """

    def close(self) -> None:
        """Frees the memory. Safe to call twice; tensors from `allocate` stay valid."""


class Relieved:
    """Delegates to ``compositor``. A subclass makes some of the tiles itself; ``how`` says so to the user."""

    def __init__(self, compositor: Compositor, how: str) -> None:
        self._compositor = compositor
        self.name = compositor.name
        self.detail = f"{compositor.detail}; {how}"

    @property
    def jpeg_library(self) -> str:
        """See `Compositor.jpeg_library`."""
        return self._compositor.jpeg_library

    def allocate(self, height: int, width: int) -> torch.Tensor | None:
        """See `Compositor.allocate`."""
        return self._compositor.allocate(height, width)

    def close(self) -> None:
        """See `Compositor.close`."""
        self._compositor.close()


class RelievedByTile(Relieved, ABC):
    """Makes the tiles that it `takes` itself, and leaves the others of a frame to ``compositor``."""

    def compose(self, tiles: Sequence[Tile]) -> Composite:
        """See `Compositor.compose`."""
        own = [self.takes(tile) for tile in tiles]
        if False not in own:
            return self.made(tiles)
        if True not in own:
            return self._compositor.compose(tiles)
        made = self.made([tile for tile, taken in zip(tiles, own, strict=True) if taken])
        others = self._compositor.compose([tile for tile, taken in zip(tiles, own, strict=True) if not taken])
        first, second = count(), count()
        return Merged([(made, next(first)) if taken else (others, next(second)) for taken in own])

    @abstractmethod
    def takes(self, tile: Tile) -> bool:
        """Whether this makes ``tile`` itself."""

    @abstractmethod
    def made(self, tiles: Sequence[Tile]) -> Composite:
        """Starts ``tiles``, all of which it takes. Raises `CompositorError`."""
