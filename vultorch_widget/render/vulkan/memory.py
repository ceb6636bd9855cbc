"""Buffers that the device and the host can both access."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
import vulkan as vk

from ..compositor import CompositorError
from .device import Device

# Values from the Vulkan registry: the binding has these names, but with the value None.
USAGE_DEVICE_ADDRESS = 0x00020000
ALLOCATE_DEVICE_ADDRESS = 0x00000002
_SLACK = 64 << 20
"""Most bytes that a workspace reserves beyond the request, so that a resize does not reallocate it for every pixel."""


class Buffer:
    """``size`` bytes at ``address`` on the device, mapped into host memory: an `AnyBuffer`.

    Attributes:
        array: (size,) uint8, the mapped bytes. Everything made from it (NumPy views, torch tensors) keeps the memory
            alive; it is freed once they and this object are gone.

    Raises `vk.VkError` if there is no memory left.

    """

    def __init__(self, device: Device, size: int) -> None:
        self.size = size
        buffer, memory = _allocate(device, size)
        self.address = address_of(device, buffer)
        pointer = vk.ffi.new("void **")
        if vk.lib.vkMapMemory(device.handle, memory, 0, size, 0, pointer) != vk.VK_SUCCESS:
            free(device, buffer, memory)
            raise vk.VkErrorMemoryMapFailed
        self._host = int(vk.ffi.cast("uintptr_t", pointer[0]))
        # Every view holds the pointer, and its finaliser frees the memory, so no reference count can be wrong.
        owner = vk.ffi.gc(pointer[0], _releaser(device, buffer, memory, self._host), size)
        self.array: npt.NDArray[np.uint8] = np.frombuffer(vk.ffi.buffer(owner, size), dtype=np.uint8)

    def tensor(self, offset: int, shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
        """A contiguous tensor over the bytes from ``offset``, which is a multiple of the element size."""
        size = math.prod(shape) * dtype.itemsize
        with torch.inference_mode(False):  # otherwise it would be read-only outside that mode
            return torch.from_numpy(self.array[offset : offset + size]).view(dtype).view(shape)


class AnyBuffer(Protocol):
    """Bytes that the device and torch can both access."""

    @property
    def size(self) -> int:
        """Size in bytes."""

    @property
    def address(self) -> int:
        """Address on the Vulkan device."""

    def tensor(self, offset: int, shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
        """A contiguous tensor over the bytes from ``offset`` (a multiple of the element size), which keeps them
        alive.
        """


class Workspace:
    """A buffer from ``make`` that grows on demand. Growing loses its content."""

    def __init__(self, make: Callable[[int], AnyBuffer]) -> None:
        self._make = make
        self._buffer: AnyBuffer | None = None

    def fits(self, size: int) -> bool:
        """True if `reserve` would return the present buffer."""
        return self._buffer is not None and self._buffer.size >= size

    def reserve(self, size: int) -> AnyBuffer:
        """A buffer of at least ``size`` bytes. Raises `vk.VkError` if there is no memory left."""
        if self._buffer is None or self._buffer.size < size:
            self._buffer = None  # freed first: there may be no memory for both
            self._buffer = self._make(size + min(size // 2, _SLACK) + 1)
        return self._buffer

    def drop(self) -> None:
        """Drops the buffer. Views of it keep its memory alive."""
        self._buffer = None


def shared_tensor(device: Device, buffer: AnyBuffer, shape: tuple[int, ...]) -> torch.Tensor:
    """All of ``buffer`` as a float32 tensor of zeros, registered so that `locate` finds it and its views."""
    tensor = buffer.tensor(0, shape, torch.float32).zero_()
    device.shared[tensor.data_ptr()] = (buffer.size, buffer.address)
    return tensor


def locate(device: Device, tensor: torch.Tensor) -> int | None:
    """The device address of the first element of ``tensor`` if all of it is in shared memory, otherwise None."""
    first = tensor.data_ptr()
    for base, (size, address) in list(device.shared.items()):  # few; a copy, as other threads may drop tensors
        if base <= first < base + size:
            extent = sum((length - 1) * stride for length, stride in zip(tensor.shape, tensor.stride(), strict=True))
            inside = first + (extent + 1) * tensor.itemsize <= base + size
            return address + first - base if inside else None
    return None


def _allocate(device: Device, size: int) -> tuple[Any, Any]:
    usage = vk.VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | USAGE_DEVICE_ADDRESS
    buffer = vk.vkCreateBuffer(device.handle, vk.VkBufferCreateInfo(size=size, usage=usage), None)
    memory = None
    try:
        memory = _memory_for(device, buffer)
        vk.vkBindBufferMemory(device.handle, buffer, memory, 0)
    except Exception:
        free(device, buffer, memory)
        raise
    return buffer, memory


def _memory_for(device: Device, buffer: Any) -> Any:
    needed = vk.vkGetBufferMemoryRequirements(device.handle, buffer)
    fitting = [index for index in device.memory_types if needed.memoryTypeBits >> index & 1]
    if not fitting:
        raise CompositorError(f"{device.name} has no memory for buffers that the host can map, cached and coherent")
    flags = vk.VkMemoryAllocateFlagsInfo(flags=ALLOCATE_DEVICE_ADDRESS)
    info = vk.VkMemoryAllocateInfo(pNext=flags, allocationSize=needed.size, memoryTypeIndex=fitting[0])
    return vk.vkAllocateMemory(device.handle, info, None)


def address_of(device: Device, buffer: Any) -> int:
    """The device address of a `VkBuffer`. (The binding's own vkGetBufferDeviceAddress returns its argument.)"""
    info = vk.ffi.new(
        "VkBufferDeviceAddressInfo *", {"sType": vk.VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO, "buffer": buffer}
    )
    return int(vk.lib.vkGetBufferDeviceAddress(device.handle, info))


def _releaser(device: Device, buffer: Any, memory: Any, host: int) -> Callable[[Any], None]:
    def release(_: Any) -> None:
        device.shared.pop(host, None)
        if device.may_free():
            free(device, buffer, memory)

    return release


def free(device: Device, buffer: Any, memory: Any) -> None:
    """Frees a `VkBuffer` and its `VkDeviceMemory`, which may be None. The device must not be using them."""
    vk.vkDestroyBuffer(device.handle, buffer, None)
    if memory is not None:
        vk.vkFreeMemory(device.handle, memory, None)  # unmaps too
