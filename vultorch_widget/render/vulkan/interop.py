"""What Vulkan and CUDA share: buffers in GPU memory, and semaphores that order their work."""

from __future__ import annotations

from typing import Any

import torch
import vulkan as vk

from ..compositor import CompositorError
from ..cuda import SharedBuffer, SharedSemaphore, device_uuid
from . import external_handles
from .device import Device, open_device
from .memory import ALLOCATE_DEVICE_ADDRESS, USAGE_DEVICE_ADDRESS, address_of, free


def open_for(cuda: torch.device) -> Device:
    """The Vulkan device for the CUDA device ``cuda``. Raises `CompositorError`, also if it cannot share memory."""
    return open_device(device_uuid(cuda.index))


def make_buffer(device: Device, cuda: torch.device, size: int) -> SharedBuffer:
    """``size`` bytes in GPU memory. Raises `CudaError` and `vk.VkError`."""
    buffer, memory, allocated = _allocate(device, size)

    def release(pointer: int) -> None:
        device.shared.pop(pointer, None)
        if device.may_free():
            free(device, buffer, memory)

    try:
        handle = external_handles.memory_handle(device.handle, memory)
        address = address_of(device, buffer)
    except Exception:
        release(0)
        raise
    return SharedBuffer(handle, allocated, size=size, address=address, device=cuda, release=release)


def share_semaphore(device: Device, cuda: torch.device, semaphore: Any) -> SharedSemaphore:
    """CUDA's side of a `VkSemaphore` that was created for export. Raises `CudaError` and `vk.VkError`."""
    return SharedSemaphore(external_handles.semaphore_handle(device.handle, semaphore), cuda)


def _allocate(device: Device, size: int) -> tuple[Any, Any, int]:
    usage = vk.VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | USAGE_DEVICE_ADDRESS
    external = vk.VkExternalMemoryBufferCreateInfo(handleTypes=external_handles.MEMORY_HANDLE)
    buffer = vk.vkCreateBuffer(device.handle, vk.VkBufferCreateInfo(pNext=external, size=size, usage=usage), None)
    memory = None
    try:
        needed = vk.vkGetBufferMemoryRequirements(device.handle, buffer)
        memory = vk.vkAllocateMemory(device.handle, _allocation(device, needed), None)
        vk.vkBindBufferMemory(device.handle, buffer, memory, 0)
    except Exception:
        free(device, buffer, memory)
        raise
    return buffer, memory, int(needed.size)


def _allocation(device: Device, needed: Any) -> Any:
    fitting = [index for index in device.local_types if needed.memoryTypeBits >> index & 1]
    if not fitting:
        raise CompositorError(f"{device.name} has no memory of its own for buffers that can be exported")
    exported = vk.VkExportMemoryAllocateInfo(handleTypes=external_handles.MEMORY_HANDLE)
    flags = vk.VkMemoryAllocateFlagsInfo(pNext=exported, flags=ALLOCATE_DEVICE_ADDRESS)
    return vk.VkMemoryAllocateInfo(pNext=flags, allocationSize=needed.size, memoryTypeIndex=fitting[0])
