"""A Vulkan timeline semaphore on CUDA's side: signals and waits are work of a stream, and no thread waits for them."""

from __future__ import annotations

import sys
import weakref
from typing import Any

import torch

from .memory import close_handle
from .runtime import call, cudart


class SharedSemaphore:
    """An exported timeline semaphore.

    Args:
        handle: The exported opaque handle, which is taken over: CUDA has it, or it is closed.
        device: The CUDA device whose UUID is the Vulkan device's.

    Raises `CudaError` where CUDA refuses it.

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
        if sys.platform == "win32":  # CUDA has taken over a file descriptor, but only referred to an NT handle
            close_handle(handle)
        weakref.finalize(self, _destroy, device, self._semaphore)

    def signal(self, value: int, stream: torch.cuda.Stream) -> None:
        """Sets the semaphore to ``value`` once all that was queued on ``stream`` so far has run."""
        self._signal.params.fence.value = value
        call(cudart.cudaSignalExternalSemaphoresAsync, [self._semaphore], [self._signal], 1, stream.cuda_stream)

    def wait(self, value: int, stream: torch.cuda.Stream) -> None:
        """Holds back all that is queued on ``stream`` from here on until the semaphore has reached ``value``."""
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
    with torch.cuda.device(device):
        call(cudart.cudaDestroyExternalSemaphore, semaphore)
