"""The sources of a frame: read in place if they are in shared memory, otherwise copied into a staging buffer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from ...basics.threads import threads_for
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
    """The device address of ``source`` if the shader can read it in place, otherwise None."""
    if source.dtype == torch.float64 or source.is_neg():  # a negated view stores the opposite sign
        return None
    return locate(device, source)


def memory_order(source: torch.Tensor) -> tuple[int, ...]:
    """The axes of ``source`` from the one with the largest stride to the one with the smallest."""
    strides = source.stride()
    return tuple(sorted(range(len(strides)), key=lambda axis: -strides[axis]))


@dataclass(frozen=True, slots=True)
class _Copy:
    """A copy at ``offset``: ``region`` of a source of tile ``index``, or all of its scaling.

    Its axes keep the order that they have in the source's memory, because that is the fastest copy.
    """

    index: int
    of: Literal["source", "second", "scaling"]
    region: Region
    offset: int
    shape: tuple[int, ...]
    order: tuple[int, ...]
    dtype: torch.dtype

    @property
    def end(self) -> int:
        return self.offset + aligned(math.prod(self.shape) * self.dtype.itemsize)

    @property
    def strides(self) -> tuple[int, ...]:
        strides = [0] * len(self.shape)
        step = 1
        for axis in reversed(self.order):
            strides[axis] = step
            step *= self.shape[axis]
        return tuple(strides)

    def layout(self, buffer: AnyBuffer) -> Layout:
        """Where the shader finds it in ``buffer``."""
        return Layout(buffer.address + self.offset, tuple(start for start, _ in self.region), self.strides)

    def placed(self, buffer: AnyBuffer) -> torch.Tensor:
        """Where to write it in ``buffer``, with the axes of the source."""
        packed = buffer.tensor(self.offset, tuple(self.shape[axis] for axis in self.order), self.dtype)
        return packed.permute([self.order.index(axis) for axis in range(len(self.order))])

    def read(self, tile: Tile) -> torch.Tensor:
        """The data to write."""
        if self.of == "scaling":
            assert tile.scaling is not None
            return tile.scaling
        source = tile.source if self.of == "source" or tile.second is None else tile.second.source
        return source.detach()[tuple(slice(start, end) for start, end in self.region)]


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
        self._sources = [
            self._source(device, index, "source", dispatch.tile.source, dispatch.region)
            for index, dispatch in enumerate(dispatches)
        ]
        self._seconds = [
            None
            if dispatch.tile.second is None
            else self._source(device, index, "second", dispatch.tile.second.source, dispatch.region)
            for index, dispatch in enumerate(dispatches)
        ]
        self._scalings = [self._scaling(index, dispatch) for index, dispatch in enumerate(dispatches)]
        self.in_place = any(isinstance(source, Layout) for source in (*self._sources, *self._seconds))

    def _source(
        self, device: Device, index: int, of: Literal["source", "second"], source: torch.Tensor, region: Region
    ) -> Layout | _Copy:
        address = address_in_place(device, source)
        if address is not None:
            return Layout(address, (0,) * len(region), source.stride())
        key = (identity(source), region)
        if key not in self._copies:
            shape = (*(end - start for start, end in region), *source.shape[len(region) :])
            order, dtype = memory_order(source), readable(source.dtype)
            self._add(key, _Copy(index, of, region, self.size, shape, order, dtype))
        return self._copies[key]

    def _scaling(self, index: int, dispatch: Dispatch) -> _Copy | None:
        scaling = dispatch.tile.scaling
        if scaling is None:
            return None
        shape = tuple(scaling.shape)
        return self._add(index, _Copy(index, "scaling", (), self.size, shape, tuple(range(len(shape))), scaling.dtype))

    def _add(self, key: object, copy: _Copy) -> _Copy:
        self._copies[key] = copy
        self.size = copy.end
        return copy

    def layouts(self, buffer: AnyBuffer) -> list[Layout]:
        """Where the texels of each tile are once `upload` has filled ``buffer``."""
        self._tensors = [copy.placed(buffer) for copy in self._copies.values()]
        layouts = []
        for source, scaling, second in zip(self._sources, self._scalings, self._seconds, strict=True):
            layout = source.layout(buffer) if isinstance(source, _Copy) else source
            if scaling is not None:
                layout = layout._replace(scaling=buffer.address + scaling.offset)
            if second is not None:
                layout = layout._replace(second=second.layout(buffer) if isinstance(second, _Copy) else second)
            layouts.append(layout)
        return layouts

    def upload(self, tiles: Sequence[Tile]) -> None:
        """Copies the sources that cannot be read in place. ``tiles`` must match the dispatches that this was made
        for.
        """
        for copy, tensor in zip(self._copies.values(), self._tensors, strict=True):
            with threads_for(tensor.nbytes):
                tensor.copy_(copy.read(tiles[copy.index]))


def identity(tensor: torch.Tensor) -> tuple[object, ...]:
    """A key that is equal for tensors with the same elements in the same memory."""
    return tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype, tensor.device
