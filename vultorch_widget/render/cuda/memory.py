"""A buffer that Vulkan allocated and exported, mapped into CUDA and wrapped as torch tensors without a copy."""

from __future__ import annotations

import math
import os
import sys
import weakref
from collections.abc import Callable
from typing import Any

import cupy
import torch
import torch.utils.dlpack

from ...basics.captures import uncaptured
from .runtime import call, cudart


class SharedBuffer:
    """``size`` bytes of Vulkan memory, mapped into CUDA's address space at ``pointer``.

    Args:
        handle: The exported opaque handle. Ownership passes to this object: CUDA takes the handle, or it is closed.
        allocated: Bytes that Vulkan allocated, possibly more than ``size``.
        size: Bytes in use.
        address: Their address on the Vulkan device.
        device: The CUDA device with the Vulkan device's UUID.
        release: Called with ``pointer`` after CUDA has unmapped the memory; frees the Vulkan allocation.

    The memory is freed once this object and every tensor made from it are gone. Raises `CudaError` if CUDA refuses the
    memory, after calling ``release`` with 0.

    """

    def __init__(
        self,
        handle: int,
        allocated: int,
        *,
        size: int,
        address: int,
        device: torch.device,
        release: Callable[[int], None],
    ) -> None:
        self.size = size
        self.address = address
        self.device = device
        try:
            with torch.cuda.device(device):
                memory, self.pointer = _imported(handle, allocated)
        except Exception:
            release(0)
            raise
        weakref.finalize(self, _return, device, self.pointer, memory, release)

    def tensor(self, offset: int, shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
        """A contiguous tensor over the bytes from ``offset`` (a multiple of the element size), which keeps them
        alive.
        """
        # As bytes: CuPy lacks some of torch's dtypes.
        length = math.prod(shape) * dtype.itemsize
        with cupy.cuda.Device(self.device.index), torch.inference_mode(False):  # otherwise it would be read-only later
            memory = cupy.cuda.UnownedMemory(self.pointer, self.size, self, self.device.index)
            array = cupy.ndarray((length,), dtype=cupy.uint8, memptr=cupy.cuda.MemoryPointer(memory, offset))
            bytes_: torch.Tensor = torch.utils.dlpack.from_dlpack(array)
            return bytes_.view(dtype).view(shape)


def _imported(handle: int, size: int) -> tuple[Any, int]:
    """CUDA's object for exported memory, and the pointer to its bytes."""
    try:
        memory = call(cudart.cudaImportExternalMemory, _memory_description(handle, size))
    except Exception:
        close_handle(handle)
        raise
    try:
        return memory, int(call(cudart.cudaExternalMemoryGetMappedBuffer, memory, _buffer_description(size)))
    except Exception:
        call(cudart.cudaDestroyExternalMemory, memory)
        raise
    finally:
        if sys.platform == "win32":  # CUDA takes ownership of a file descriptor, but not of an NT handle
            close_handle(handle)


def close_handle(handle: int) -> None:
    """Closes a handle that CUDA did not take over."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 (only needed here)

        ctypes.windll.kernel32.CloseHandle(ctypes.c_void_p(handle))
    else:
        os.close(handle)


def _return(device: torch.device, pointer: int, memory: Any, release: Callable[[int], None]) -> None:
    """Unmaps the memory in CUDA, then in Vulkan. cudaFree waits for work in flight, but no frame ever frees memory.

    If one part fails, the others are freed nevertheless.
    """
    try:
        with torch.cuda.device(device), uncaptured():
            try:
                call(cudart.cudaFree, pointer)
            finally:
                call(cudart.cudaDestroyExternalMemory, memory)
    finally:
        release(pointer)


def _memory_description(handle: int, size: int) -> Any:
    description = cudart.cudaExternalMemoryHandleDesc()
    kinds = cudart.cudaExternalMemoryHandleType
    if sys.platform == "win32":
        description.type = kinds.cudaExternalMemoryHandleTypeOpaqueWin32
        description.handle.win32.handle = handle
    else:
        description.type = kinds.cudaExternalMemoryHandleTypeOpaqueFd
        description.handle.fd = handle
    description.size = size
    return description


def _buffer_description(size: int) -> Any:
    description = cudart.cudaExternalMemoryBufferDesc()
    description.offset = 0
    description.size = size
    return description
