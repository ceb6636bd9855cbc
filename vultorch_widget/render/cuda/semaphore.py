"""A Vulkan timeline semaphore in CUDA. A stream does its signals and waits; no thread blocks."""

from __future__ import annotations

import sys
import weakref
from typing import Any

import torch

from ...basics.captures import uncaptured
from .memory import close_handle
from .runtime import call, cudart


class SharedSemaphore:
    """An exported timeline semaphore.

    Args:
        handle: The exported opaque handle. Ownership passes to this object: CUDA takes the handle, or it is closed.
        device: The CUDA device with the Vulkan device's UUID.

    Raises `CudaError` if CUDA refuses it.

    """

    def __init__(self, handle: int, device: torch.device) -> None:
        self._signal = cudart.cudaExternalSemaphoreSignalParams()
        self._wait = cudart.cudaExternalSemaphoreWaitParams()
        try:
            with torch.cuda.device(device):
                self._semaphore = call(cudart.cudaImportExternalSemaphore, _description(handle))
        except Exception:
            close_handle(handle)
            raise
        if sys.platform == "win32":  # CUDA takes ownership of a file descriptor, but not of an NT handle
            close_handle(handle)
        weakref.finalize(self, _destroy, device, self._semaphore)

    def signal(self, value: int, stream: torch.cuda.Stream) -> None:
        """Sets the semaphore to ``value`` after everything queued on ``stream`` so far."""
        self._signal.params.fence.value = value
        call(cudart.cudaSignalExternalSemaphoresAsync, [self._semaphore], [self._signal], 1, stream.cuda_stream)

    def wait(self, value: int, stream: torch.cuda.Stream) -> None:
        """Holds back everything queued on ``stream`` from here on until the semaphore reaches ``value``."""
        self._wait.params.fence.value = value
        call(cudart.cudaWaitExternalSemaphoresAsync, [self._semaphore], [self._wait], 1, stream.cuda_stream)


def _description(handle: int) -> Any:
    description = cudart.cudaExternalSemaphoreHandleDesc()
    kinds = cudart.cudaExternalSemaphoreHandleType
    if sys.platform == "win32":
        description.type = kinds.cudaExternalSemaphoreHandleTypeTimelineSemaphoreWin32
        description.handle.win32.handle = handle
    else:
        description.type = kinds.cudaExternalSemaphoreHandleTypeTimelineSemaphoreFd
        description.handle.fd = handle
    return description


def _destroy(device: torch.device, semaphore: Any) -> None:
    with torch.cuda.device(device), uncaptured():
        call(cudart.cudaDestroyExternalSemaphore, semaphore)
