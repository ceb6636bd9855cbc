"""The Vulkan compositor of CUDA tensors. Nothing but a finished picture leaves the GPU, and no frame waits for it.

Two timeline semaphores keep the order. CUDA raises `written` when the stream that wrote the tensors comes to the end
of what it has to do, and the device composites after that; the submissions' own timeline, `read`, holds back what is
queued on that stream afterwards until the device has read what it reads in place.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import torch
import vulkan as vk

from ...pictures.jpeg_thread import jpeg_thread
from ..compositor import CompositorError
from ..cuda import CudaError, GpuFrame, Moment
from ..plan import Tile
from .command_buffers import CommandBuffers
from .compositor import finish
from .device import Device
from .interop import make_buffer, open_for, share_semaphore
from .memory import shared_tensor
from .sync import Timeline, timeline_semaphore


class CudaCompositor:
    """Composites tensors of the CUDA device ``cuda``: those from `allocate` in place, others from a copy on the GPU.

    A frame is read in the order of the stream that is current when it is composed, as by any operation of torch.

    Attributes:
        timeline: Of the submissions.
        stream: Where pictures are encoded and downloaded, ahead of what the training queues.
        encoder: Makes JPEG files.

    Raises `CompositorError` where Vulkan and CUDA cannot share memory.

    """

    def __init__(self, cuda: torch.device) -> None:
        self._cuda = cuda
        try:
            self._device = device = open_for(cuda)
            self._written = timeline_semaphore(device, exported=True)
            self.timeline = Timeline(device, after=self._written, exported=True)
            self._frames = CommandBuffers(device, self._make_buffer)
            self._finalizer = weakref.finalize(self, _finish, device, self.timeline, self._frames.pool, self._written)
            self._signal = share_semaphore(device, cuda, self._written)
            self._read = share_semaphore(device, cuda, self.timeline.semaphore)
        except (CudaError, vk.VkError) as error:
            raise CompositorError(f"CUDA and Vulkan cannot share {cuda}: {_named(error)}") from error
        self._signals = 0
        self._sources: list[torch.Tensor] = []
        self._latest: weakref.ref[GpuFrame] | None = None
        self.stream = torch.cuda.Stream(cuda, priority=-1)  # type: ignore[no-untyped-call]
        self.encoder = jpeg_thread(cuda)
        self.name = f"Vulkan · {device.name}"
        self.detail = (
            f"{device.detail}, sharing its memory with CUDA; tensors from create_tensor are read in place, "
            "others copied on the GPU"
        )

    @property
    def jpeg_library(self) -> str:
        """See `Compositor.jpeg_library`."""
        return self.encoder.library

    def _make_buffer(self, size: int) -> Any:
        return make_buffer(self._device, self._cuda, size)

    def compose(self, tiles: Sequence[Tile]) -> GpuFrame:
        """See `Compositor.compose`. Waits for nothing but an earlier frame whose buffers it needs."""
        if not self._finalizer.alive:
            raise CompositorError(f"{self.name} is closed")
        try:
            self._settle()
            self.timeline.wait_for_all()  # the buffers are in use until then
            with torch.cuda.device(self._cuda), torch.no_grad():
                return self._composed(tiles, torch.cuda.current_stream(self._cuda))
        except (CudaError, vk.VkError, torch.OutOfMemoryError) as error:
            raise CompositorError(f"{self._device.name}: {_named(error)}") from error

    def _composed(self, tiles: Sequence[Tile], stream: torch.cuda.Stream) -> GpuFrame:
        staging, buffer = self._frames.get(tiles)
        staging.upload(tiles)
        self._signals += 1
        self._signal.signal(self._signals, stream)
        number = self.timeline.submit(buffer.commands, after=self._signals)
        if staging.in_place:
            self._read.wait(number, stream)
        self._sources = [tile.source for tile in tiles]  # their memory must not go while it is read
        # Through this object, which thereby lives as long as the frame: the timeline goes with it.
        there = Moment(lambda: self.timeline.reached(number), lambda: self.timeline.wait(number))
        frame = GpuFrame(self.name, buffer.pictures, there, self.encoder, self.stream)
        self._latest = weakref.ref(frame)
        return frame

    def _settle(self) -> None:
        """Waits until the latest frame's files are made; one that nobody holds has none in the making."""
        frame = self._latest() if self._latest else None
        if frame is not None:
            frame.settle()

    def allocate(self, height: int, width: int) -> torch.Tensor | None:
        """See `Compositor.allocate`."""
        if not height * width:
            return None
        try:
            with torch.cuda.device(self._cuda):
                return shared_tensor(self._device, self._make_buffer(16 * height * width), (height, width, 4))
        except (CudaError, vk.VkError) as error:
            raise CompositorError(f"{self._device.name}: {_named(error)} for {height} x {width} texels") from error

    def close(self) -> None:
        """See `Compositor.close`."""
        self._settle()
        self._finalizer()
        self._frames.drop()
        self._sources = []


def _named(error: Exception) -> str:
    """The error's message, or its name where it has none: the binding's have none."""
    return str(error) or type(error).__name__


def _finish(device: Device, timeline: Timeline, pool: object, written: object) -> None:
    finish(device, timeline, pool)
    if device.may_free():
        vk.vkDestroySemaphore(device.handle, written, None)
