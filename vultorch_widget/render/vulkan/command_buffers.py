"""The command buffers of a compositor, keyed by what they show, and the two buffers that they use."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import vulkan as vk

from ..plan import Tile
from ..scaling import alike
from ..second import Second
from .command_buffer import CommandBuffer, output_size
from .device import Device
from .dispatch import Dispatch
from .memory import AnyBuffer, Workspace
from .staging import Staging, address_in_place, identity, memory_order

_KEPT = 32
"""Command buffers kept at a time: enough for a ring of shared tensors shown in turn."""


class CommandBuffers:
    """The command buffers of one compositor, at most `_KEPT`. ``make_buffer`` allocates the memory that they need.

    Attributes:
        pool: The `VkCommandPool` of the command buffers.

    """

    def __init__(self, device: Device, make_buffer: Callable[[int], AnyBuffer]) -> None:
        self._device = device
        self._make_buffer = make_buffer
        info = vk.VkCommandPoolCreateInfo(queueFamilyIndex=device.family)
        self.pool = vk.vkCreateCommandPool(device.handle, info, None)
        self._recorded: dict[tuple[object, ...], tuple[Staging, CommandBuffer]] = {}
        self._staging = Workspace(make_buffer)
        self._output = Workspace(make_buffer)

    def get(self, tiles: Sequence[Tile]) -> tuple[Staging, CommandBuffer]:
        """Commands that composite ``tiles``, and the staging to fill before. No recorded commands may be running.

        Raises `CompositorError` and `vk.VkError`.
        """
        key = tuple(self._key(tiles))
        recorded = self._recorded.pop(key, None) or self._record(tiles)
        self._recorded[key] = recorded  # last: the least recently used are dropped first
        return recorded

    def _key(self, tiles: Sequence[Tile]) -> list[object]:
        """A key that is equal for frames with the same commands."""
        first: dict[object, object] = {}
        return [
            (
                first.setdefault(identity(tile.source), index),
                _place(self._device, tile.source),
                (tile.source.shape, tile.source.dtype),
                (tile.crop, tile.width, tile.height, tile.filter, tile.transfer, tile.gain, tile.offset),
                (tile.colormap, tile.channels, tile.palette),
                (tile.grid, tile.steps, tile.scaling is not None and alike(tile.scaling), tile.scaling is None),
                memory_order(tile.source),
                tile.second and self._second_key(tile.second, index, first),
            )
            for index, tile in enumerate(tiles)
        ]

    def _second_key(self, second: Second, index: int, first: dict[object, object]) -> tuple[object, ...]:
        source = second.source
        return (
            first.setdefault(identity(source), (index, "second")),
            _place(self._device, source),
            (source.shape, source.dtype, memory_order(source)),
            (second.mode, second.palette, second.alpha),
        )

    def _record(self, tiles: Sequence[Tile]) -> tuple[Staging, CommandBuffer]:
        if len(self._recorded) >= _KEPT:
            self._recorded.pop(next(iter(self._recorded)))[1].free()
        dispatches = [Dispatch(tile) for tile in tiles]
        staging = Staging(self._device, dispatches)
        if not (self._staging.fits(staging.size) and self._output.fits(output_size(dispatches))):
            self._forget()  # they contain the addresses of buffers that are now replaced
        layouts = staging.layouts(self._staging.reserve(staging.size))
        output = self._output.reserve(output_size(dispatches))
        return staging, CommandBuffer(self._device, self.pool, dispatches, layouts, output, self._make_buffer)

    def _forget(self) -> None:
        while self._recorded:
            self._recorded.popitem()[1][1].free()

    def drop(self) -> None:
        """Drops all memory. The pool must have been destroyed."""
        self._recorded.clear()
        self._staging.drop()
        self._output.drop()


def _place(device: Device, source: torch.Tensor) -> tuple[object, ...] | None:
    address = address_in_place(device, source)
    return None if address is None else (address, source.stride())
