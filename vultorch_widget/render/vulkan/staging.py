"""The sources of a frame: read in place if they are in shared memory, else copied into a staging buffer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ..plan import Tile
from .device import Device
from .dispatch import Dispatch, Layout, Region, readable
from .memory import AnyBuffer, locate

ALIGNMENT = 64
"""Alignment of everything that shares a buffer: a cache line, and a multiple of every element size."""


def aligned(size: int) -> int:
    """``size`` bytes, rounded up to `ALIGNMENT`."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def address_in_place(device: Device, source: torch.Tensor) -> int | None:
    """The device address of ``source`` if the shader can read it in place, else None."""
    if source.dtype == torch.float64 or source.is_neg():  # a negated view stores the opposite sign
        return None
    return locate(device, source)


@dataclass(frozen=True, slots=True)
class _Copy:
    """A contiguous copy at ``offset``: ``region`` of the source of tile ``index``."""

    index: int
    region: Region
    offset: int
    shape: tuple[int, ...]
    dtype: torch.dtype

    @property
    def end(self) -> int:
        return self.offset + aligned(math.prod(self.shape) * self.dtype.itemsize)

    @property
    def strides(self) -> tuple[int, ...]:
        return tuple(math.prod(self.shape[axis + 1 :]) for axis in range(len(self.shape)))


class Staging:
    """Decides which sources of ``dispatches`` are copied, and where to. It keeps none of them alive.

    Attributes:
        size: Bytes that it needs in a staging buffer.
        in_place: True if any source is read in place.

    """

    def __init__(self, device: Device, dispatches: Sequence[Dispatch]) -> None:
        self.size = 0
        self._copies: dict[object, _Copy] = {}  # a tensor in two canvases is copied once
        self._tensors: list[torch.Tensor] = []
        self._sources = [self._source(device, index, dispatch) for index, dispatch in enumerate(dispatches)]
        self.in_place = any(isinstance(source, Layout) for source in self._sources)

    def _source(self, device: Device, index: int, dispatch: Dispatch) -> Layout | _Copy:
        source = dispatch.tile.source
        address = address_in_place(device, source)
        if address is not None:
            return Layout(address, 0, 0, source.stride())
        key = (identity(source), dispatch.region)
        if key not in self._copies:
            top, bottom, left, right = dispatch.region
            shape = (bottom - top, right - left, *source.shape[2:])
            self._copies[key] = _Copy(index, dispatch.region, self.size, shape, readable(source.dtype))
            self.size = self._copies[key].end
        return self._copies[key]

    def layouts(self, buffer: AnyBuffer) -> list[Layout]:
        """Where the texels of each tile are once `upload` has filled ``buffer``."""
        self._tensors = [buffer.tensor(copy.offset, copy.shape, copy.dtype) for copy in self._copies.values()]
        return [
            source
            if isinstance(source, Layout)
            else Layout(buffer.address + source.offset, source.region.top, source.region.left, source.strides)
            for source in self._sources
        ]

    def upload(self, tiles: Sequence[Tile]) -> None:
        """Copies the sources that cannot be read in place. ``tiles`` must match the dispatches that this was made
        for.
        """
        for copy, tensor in zip(self._copies.values(), self._tensors, strict=True):
            top, bottom, left, right = copy.region
            tensor.copy_(tiles[copy.index].source.detach()[top:bottom, left:right])


def identity(tensor: torch.Tensor) -> tuple[object, ...]:
    """A key that is equal for tensors with the same elements in the same memory."""
    return tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype, tensor.device
