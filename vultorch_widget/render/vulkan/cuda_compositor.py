"""The Vulkan compositor for CUDA tensors. Only finished pictures leave the GPU, and no frame waits for them.

Two timeline semaphores keep the order. CUDA signals `written` once the stream that wrote the tensors has finished the
work queued so far; the Vulkan device composites after that. The submissions' timeline, `read`, holds back later work on
that stream until the device has read the tensors that it reads in place.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import torch
import vulkan as vk

from ...pictures.jpeg_thread import jpeg_thread
from ..compositor import CompositorError
from ..cuda import GpuFrame, Moment
from ..plan import Tile
from .command_buffers import CommandBuffers
from .compositor import check_usable, finish
from .device import Device
from .interop import make_buffer, open_for, share_semaphore
from .memory import shared_tensor
from .sync import Timeline, timeline_semaphore

SWITCH = 0.00075
"""Seconds that a GPU idles while it switches from a training's context to Vulkan's and back (H200, 2026-11-26)."""


class CudaCompositor:
    """Composites tensors of the CUDA device ``cuda``. Tensors from `allocate` are read in place, others are copied on
    the GPU.

    Like any operation of torch, a frame is ordered after the work on the stream that is current at `compose`.

    Attributes:
        timeline: Counts the submissions.
        stream: Encodes and downloads pictures, with priority over the training's work.
        encoder: Makes JPEG files.

    Raises `CompositorError` if Vulkan and CUDA cannot share memory.

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
            self.stream = torch.cuda.Stream(cuda, priority=-1)  # type: ignore[no-untyped-call]
        except CompositorError:
            raise
        except (RuntimeError, vk.VkError) as error:
            raise CompositorError(f"CUDA and Vulkan cannot share {cuda}: {_named(error)}") from error
        self._signals = 0
        self._sources: list[torch.Tensor] = []
        self._latest: weakref.ref[GpuFrame] | None = None
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
        """See `Compositor.compose`. Waits only for an earlier frame whose buffers it needs."""
        check_usable(self.name, self._device, closed=not self._finalizer.alive)
        try:
            self._settle()
            self.timeline.wait_for_all()  # until then the buffers are in use
            with torch.cuda.device(self._cuda), torch.no_grad():
                return self._composed(tiles, torch.cuda.current_stream(self._cuda))
        except CompositorError:
            raise
        except (RuntimeError, vk.VkError) as error:  # torch's copies fail with RuntimeError
            raise CompositorError(f"{self._device.name}: {_named(error)}") from error

    def _composed(self, tiles: Sequence[Tile], stream: torch.cuda.Stream) -> GpuFrame:
        staging, buffer = self._frames.get(tiles)
        staging.upload(tiles)
        self._signals += 1
        # Keeps their memory alive while it is read, also if an error or interrupt comes after submitting.
        self._sources = [tile.source for tile in tiles] + [tile.second.source for tile in tiles if tile.second]
        self._signal.signal(self._signals, stream)
        number = self.timeline.submit(buffer.commands, after=self._signals)
        if staging.in_place:
            self._read.wait(number, stream)
        # The closures keep this object, and with it the timeline, alive as long as the frame.
        there = Moment(lambda: self.timeline.reached(number), lambda: self.timeline.wait(number))
        frame = GpuFrame(self.name, buffer.pictures, there, self.encoder, self.stream, SWITCH)
        self._latest = weakref.ref(frame)
        return frame

    def _settle(self) -> None:
        """Waits until the latest frame's files are made. Those of a frame without references are wanted by nobody."""
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
        except CompositorError:
            raise
        except (RuntimeError, vk.VkError) as error:
            raise CompositorError(f"{self._device.name}: {_named(error)} for {height} x {width} texels") from error

    def close(self) -> None:
        """See `Compositor.close`. Files in the making are finished: they keep their pictures alive."""
        self._finalizer()
        self._frames.drop()
        self._sources = []


def _named(error: Exception) -> str:
    """The error's message, or its class name if it has none, as the Vulkan binding's errors do."""
    return str(error) or type(error).__name__


def _finish(device: Device, timeline: Timeline, pool: object, written: object) -> None:
    finish(device, timeline, pool)
    if device.may_free():
        vk.vkDestroySemaphore(device.handle, written, None)
