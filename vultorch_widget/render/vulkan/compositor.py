"""The Vulkan compositor for tensors in host memory. It makes all tiles of a frame in one submission."""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence

import torch
import vulkan as vk

from ..compositor import CompositorError, HostPictures
from ..plan import Tile
from .command_buffers import CommandBuffers
from .device import Device
from .memory import Buffer, shared_tensor
from .sync import Timeline


class VulkanCompositor:
    """Composites tensors in host memory. Tensors from `allocate` are read in place, others are copied every frame.

    Pictures are in host-mapped memory and stay readable after `close`.
    """

    jpeg_library = ""

    def __init__(self, device: Device) -> None:
        self.name = f"Vulkan · {device.name}"
        self.detail = f"{device.detail}; tensors from create_tensor are read in place, others copied"
        self.software = device.software
        self._device = device
        self._timeline = Timeline(device)
        self._frames = CommandBuffers(device, lambda size: Buffer(device, size))
        # Must run before the buffers are freed: the device may still be using them.
        self._finalizer = weakref.finalize(self, finish, device, self._timeline, self._frames.pool)

    def compose(self, tiles: Sequence[Tile]) -> HostPictures:
        """See `Compositor.compose`. Waits for the device, which reads tensors in place and takes less than a tick."""
        check_usable(self.name, self._device, closed=not self._finalizer.alive)
        try:
            self._timeline.wait_for_all()  # until then the buffers are in use
            staging, buffer = self._frames.get(tiles)
            staging.upload(tiles)
            self._timeline.wait(self._timeline.submit(buffer.commands))
        except vk.VkError as error:
            raise CompositorError(f"{self._device.name}: {type(error).__name__}") from error
        return HostPictures([picture.numpy() for picture in buffer.pictures])

    def allocate(self, height: int, width: int) -> torch.Tensor | None:
        """See `Compositor.allocate`."""
        if not height * width:
            return None
        try:
            return shared_tensor(self._device, Buffer(self._device, 16 * height * width), (height, width, 4))
        except vk.VkError as error:
            raise CompositorError(
                f"{self._device.name}: {type(error).__name__} for {height} x {width} texels"
            ) from error

    def close(self) -> None:
        """See `Compositor.close`."""
        self._finalizer()
        self._frames.drop()


def check_usable(name: str, device: Device, *, closed: bool) -> None:
    """Raises `CompositorError` if the compositor ``name`` was ``closed``, or belongs to another process."""
    if closed:
        raise CompositorError(f"{name} is closed")
    if device.process != os.getpid():  # neither the driver's threads nor the one that encodes survive a fork
        raise CompositorError(f"{name} belongs to the process that this one was forked from")


def finish(device: Device, timeline: Timeline, pool: object) -> None:
    """Ends a compositor: waits for its submissions, then destroys its semaphore and its `VkCommandPool`."""
    if not device.may_free():
        return
    try:
        timeline.wait_for_all()
    except CompositorError:
        device.hung = device.hung or not device.lost  # a lost device no longer runs anything
        if device.hung:
            return
    timeline.close()
    vk.vkDestroyCommandPool(device.handle, pool, None)
