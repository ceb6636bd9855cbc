"""The commands of one frame, recorded once and submitted for every frame that needs the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import torch
import vulkan as vk

from ..compositor import CompositorError
from .device import Device
from .dispatch import Dispatch, Layout
from .memory import AnyBuffer
from .pipeline import GROUP, pipelines
from .staging import aligned

_MOST_GROUPS = 65535
"""Most workgroups along an axis that every device supports."""


def output_size(dispatches: Sequence[Dispatch]) -> int:
    """Bytes that all pictures take."""
    return sum(_slot(dispatch) for dispatch in dispatches)


def _slot(dispatch: Dispatch) -> int:
    return aligned(4 * dispatch.tile.width * dispatch.tile.height)


class CommandBuffer:
    """A command buffer that reads ``layouts`` and fills ``output`` with the pictures of ``dispatches``.

    ``make_buffer`` allocates the tables that the commands need. Raises `CompositorError` and `vk.VkError`.

    Attributes:
        commands: The `VkCommandBuffer`.
        pictures: One for each dispatch, (height, width, 4) uint8, views of ``output``.

    """

    def __init__(
        self,
        device: Device,
        pool: Any,
        dispatches: Sequence[Dispatch],
        layouts: Sequence[Layout],
        output: AnyBuffer,
        make_buffer: Callable[[int], AnyBuffer],
    ) -> None:
        self._device = device
        self._pool = pool
        self._tables = _tables(make_buffer, dispatches, layouts)
        offsets = list(accumulate((_slot(dispatch) for dispatch in dispatches), initial=0))
        self.pictures = [_picture(output, *pair) for pair in zip(offsets, dispatches, strict=False)]
        info = vk.VkCommandBufferAllocateInfo(commandPool=pool, commandBufferCount=1)
        self.commands = vk.vkAllocateCommandBuffers(device.handle, info)[0]
        pushes = self._pushes(dispatches, layouts, [output.address + offset for offset in offsets])
        self._record(dispatches, pushes)

    def _pushes(self, dispatches: Sequence[Dispatch], layouts: Sequence[Layout], targets: list[int]) -> list[bytes]:
        tables = 0 if self._tables is None else self._tables.address
        pushes = []
        for dispatch, layout, target in zip(dispatches, layouts, targets, strict=False):
            pushes.append(dispatch.push(layout, target, tables))
            tables += dispatch.tables_size
        return pushes

    def _record(self, dispatches: Sequence[Dispatch], pushes: Sequence[bytes]) -> None:
        made = pipelines(self._device)
        vk.vkBeginCommandBuffer(self.commands, vk.VkCommandBufferBeginInfo())
        for dispatch, push in zip(dispatches, pushes, strict=True):
            vk.vkCmdBindPipeline(self.commands, vk.VK_PIPELINE_BIND_POINT_COMPUTE, made.get(dispatch.variant))
            data = vk.ffi.from_buffer(push)
            vk.vkCmdPushConstants(self.commands, made.layout, vk.VK_SHADER_STAGE_COMPUTE_BIT, 0, len(push), data)
            vk.vkCmdDispatch(self.commands, *_groups(dispatch), 1)
        barrier = vk.VkMemoryBarrier(
            srcAccessMask=vk.VK_ACCESS_SHADER_WRITE_BIT, dstAccessMask=vk.VK_ACCESS_HOST_READ_BIT
        )
        stages = vk.VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, vk.VK_PIPELINE_STAGE_HOST_BIT
        vk.vkCmdPipelineBarrier(self.commands, *stages, 0, 1, [barrier], 0, None, 0, None)
        vk.vkEndCommandBuffer(self.commands)

    def free(self) -> None:
        """Frees the command buffer, which must not be running."""
        vk.vkFreeCommandBuffers(self._device.handle, self._pool, 1, [self.commands])


def _tables(
    make_buffer: Callable[[int], AnyBuffer], dispatches: Sequence[Dispatch], layouts: Sequence[Layout]
) -> AnyBuffer | None:
    size = sum(dispatch.tables_size for dispatch in dispatches)
    if not size:
        return None
    buffer = make_buffer(size)
    data = bytearray()
    for dispatch, layout in zip(dispatches, layouts, strict=True):
        data += dispatch.tables(layout, buffer.address + len(data))
    buffer.tensor(0, (size,), torch.uint8).copy_(torch.frombuffer(data, dtype=torch.uint8))
    return buffer


def _picture(output: AnyBuffer, offset: int, dispatch: Dispatch) -> torch.Tensor:
    return output.tensor(offset, (dispatch.tile.height, dispatch.tile.width, 4), torch.uint8)


def _groups(dispatch: Dispatch) -> tuple[int, int]:
    across, down = -(-dispatch.tile.width // GROUP[0]), -(-dispatch.tile.height // GROUP[1])
    if max(across, down) > _MOST_GROUPS:
        raise CompositorError(f"a picture of {dispatch.tile.width} x {dispatch.tile.height} pixels is too large")
    return across, down
