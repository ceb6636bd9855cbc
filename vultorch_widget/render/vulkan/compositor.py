"""The Vulkan compositor: all tiles of a frame in one submission."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import vulkan as vk

from ..compositor import CompositorError
from ..plan import Tile
from .device import Device
from .dispatch import Dispatch
from .memory import Workspace, shared_tensor
from .recording import Recording, output_size
from .staging import Staging, address_in_place, identity
from .sync import Timeline

_KEPT = 32
"""Recordings kept at a time: enough for a ring of shared tensors that take turns."""


class _Frame:
    """One submission."""

    def __init__(self, timeline: Timeline, number: int, pictures: list[np.ndarray]) -> None:
        self._timeline = timeline
        self._number = number
        self._pictures = pictures

    @property
    def ready(self) -> bool:
        return self._timeline.reached(self._number)

    def pixels(self, index: int) -> np.ndarray:
        self._timeline.wait(self._number)
        return self._pictures[index]


class VulkanCompositor:
    """Composites tensors in host memory. Those from `allocate` are read in place, others copied once a frame.

    Pictures lie in memory that the host maps; they stay readable after `close`.
    """

    def __init__(self, device: Device) -> None:
        self.name = f"Vulkan · {device.name}"
        self.detail = f"{device.detail}; tensors from create_tensor are read in place, others copied"
        self._device = device
        self._timeline = Timeline(device)
        info = vk.VkCommandPoolCreateInfo(queueFamilyIndex=device.family)
        self._pool = vk.vkCreateCommandPool(device.handle, info, None)
        self._recordings: dict[tuple[object, ...], tuple[Staging, Recording]] = {}
        self._staging = Workspace(device)
        self._output = Workspace(device)
        # Runs before the buffers go, which the device may still be using.
        self._finalizer = weakref.finalize(self, _finish, device, self._timeline, self._pool)

    def compose(self, tiles: Sequence[Tile]) -> _Frame:
        """See `Compositor.compose`. Waits for the device only where it reads a tensor in place."""
        if not self._finalizer.alive:
            raise CompositorError(f"{self.name} is closed")
        try:
            self._timeline.wait_for_all()  # the buffers are in use until then
            staging, recording = self._recorded(tiles)
            staging.upload(tiles)
            number = self._timeline.submit(recording.commands)
            if staging.in_place:
                self._timeline.wait(number)
        except vk.VkError as error:
            raise CompositorError(f"{self._device.name}: {type(error).__name__}") from error
        return _Frame(self._timeline, number, recording.pictures)

    def _recorded(self, tiles: Sequence[Tile]) -> tuple[Staging, Recording]:
        key = self._key(tiles)
        recorded = self._recordings.pop(key, None) or self._record(tiles)
        self._recordings[key] = recorded  # last, for those unused longest are dropped first
        return recorded

    def _key(self, tiles: Sequence[Tile]) -> tuple[object, ...]:
        """Equal for frames that the same commands make."""
        first: dict[object, int] = {}
        return tuple(
            (
                first.setdefault(identity(tile.source), index),
                _place(self._device, tile.source),
                (tile.source.shape, tile.source.dtype),
                (tile.crop, tile.width, tile.height, tile.filter, tile.transfer, tile.gain, tile.offset),
                (tile.colormap, tile.channels),
            )
            for index, tile in enumerate(tiles)
        )

    def _record(self, tiles: Sequence[Tile]) -> tuple[Staging, Recording]:
        if len(self._recordings) >= _KEPT:
            self._recordings.pop(next(iter(self._recordings)))[1].free()
        dispatches = [Dispatch(tile) for tile in tiles]
        staging = Staging(self._device, dispatches)
        if not (self._staging.fits(staging.size) and self._output.fits(output_size(dispatches))):
            self._forget()  # what was recorded has the addresses of buffers that go now
        layouts = staging.layouts(self._staging.reserve(staging.size))
        output = self._output.reserve(output_size(dispatches))
        return staging, Recording(self._device, self._pool, dispatches, layouts, output)

    def _forget(self) -> None:
        while self._recordings:
            self._recordings.popitem()[1][1].free()

    def allocate(self, height: int, width: int) -> torch.Tensor | None:
        """See `Compositor.allocate`."""
        try:
            return shared_tensor(self._device, (height, width, 4)) if height * width else None
        except vk.VkError as error:
            raise CompositorError(
                f"{self._device.name}: {type(error).__name__} for {height} x {width} texels"
            ) from error

    def close(self) -> None:
        """See `Compositor.close`."""
        self._finalizer()
        self._recordings.clear()
        self._staging.drop()
        self._output.drop()


def _place(device: Device, source: torch.Tensor) -> tuple[object, ...] | None:
    address = address_in_place(device, source)
    return None if address is None else (address, source.stride())


def _finish(device: Device, timeline: Timeline, pool: Any) -> None:
    if not device.may_free():
        return
    timeline.wait_for_all()
    timeline.close()
    vk.vkDestroyCommandPool(device.handle, pool, None)
