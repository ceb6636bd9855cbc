"""A buffer that Vulkan allocated and exported, mapped into CUDA and wrapped as a torch tensor without a copy."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import cupy
import torch

from .runtime import call, cudart


class SharedBuffer:
    """``size`` bytes of Vulkan memory in CUDA's address space, from ``pointer`` on.

    Args:
        handle: The exported opaque file descriptor. CUDA owns it from here on, unless the import fails.
        size: Bytes that Vulkan allocated, which may be more than are used.
        device: The CUDA device whose UUID is the Vulkan device's.
        release: Called last, once CUDA has let go: returns Vulkan's side.

    The memory goes back when this object and every tensor made of it are gone. Raises `CudaError` where CUDA refuses.
    """

    def __init__(self, handle: int, size: int, device: torch.device, release: Callable[[], None]) -> None:
        self.size = size
        self.device = device
        with torch.cuda.device(device):
            memory = call(cudart.cudaImportExternalMemory, _memory_description(handle, size))
            try:
                self.pointer = int(call(cudart.cudaExternalMemoryGetMappedBuffer, memory, _buffer_description(size)))
            except Exception:
                call(cudart.cudaDestroyExternalMemory, memory)
                raise
        weakref.finalize(self, _return, device, self.pointer, memory, release)

    def tensor(self, shape: tuple[int, ...]) -> torch.Tensor:
        """The first bytes as a float32 tensor of ``shape`` on `device`. It keeps the memory alive."""
        with cupy.cuda.Device(self.device.index):
            memory = cupy.cuda.UnownedMemory(self.pointer, self.size, self, self.device.index)
            array = cupy.ndarray(shape, dtype=cupy.float32, memptr=cupy.cuda.MemoryPointer(memory, 0))
        return torch.from_dlpack(array)


def _return(device: torch.device, pointer: int, memory: Any, release: Callable[[], None]) -> None:
    """Unmaps on CUDA's side, then on Vulkan's. cudaFree waits for work in flight; no frame does."""
    with torch.cuda.device(device):
        call(cudart.cudaFree, pointer)
        call(cudart.cudaDestroyExternalMemory, memory)
    release()


def _memory_description(handle: int, size: int) -> Any:
    description = cudart.cudaExternalMemoryHandleDesc()
    description.type = cudart.cudaExternalMemoryHandleType.cudaExternalMemoryHandleTypeOpaqueFd
    description.handle.fd = handle
    description.size = size
    return description


def _buffer_description(size: int) -> Any:
    description = cudart.cudaExternalMemoryBufferDesc()
    description.offset = 0
    description.size = size
    return description
