"""A Vulkan timeline semaphore on CUDA's side: signals and waits are work of a stream, and no thread waits for them."""

from __future__ import annotations

import weakref
from typing import Any

import torch

from .runtime import call, cudart


class SharedSemaphore:
    """An exported timeline semaphore.

    Args:
        handle: The opaque file descriptor. CUDA owns it from here on, unless the import fails.
        device: The CUDA device whose UUID is the Vulkan device's.

    Raises `CudaError` where CUDA refuses it.
    """

    def __init__(self, handle: int, device: torch.device) -> None:
        self._device = device
        description = cudart.cudaExternalSemaphoreHandleDesc()
        description.type = cudart.cudaExternalSemaphoreHandleType.cudaExternalSemaphoreHandleTypeTimelineSemaphoreFd
        description.handle.fd = handle
        with torch.cuda.device(device):
            self._semaphore = call(cudart.cudaImportExternalSemaphore, description)
        self._signal = cudart.cudaExternalSemaphoreSignalParams()
        self._wait = cudart.cudaExternalSemaphoreWaitParams()
        weakref.finalize(self, _destroy, device, self._semaphore)

    def signal(self, value: int, stream: torch.cuda.Stream) -> None:
        """Sets the semaphore to ``value`` once all that was queued on ``stream`` so far has run."""
        self._signal.params.fence.value = value
        call(cudart.cudaSignalExternalSemaphoresAsync, [self._semaphore], [self._signal], 1, stream.cuda_stream)

    def wait(self, value: int, stream: torch.cuda.Stream) -> None:
        """Holds back all that is queued on ``stream`` from here on until the semaphore has reached ``value``."""
        self._wait.params.fence.value = value
        call(cudart.cudaWaitExternalSemaphoresAsync, [self._semaphore], [self._wait], 1, stream.cuda_stream)


def _destroy(device: torch.device, semaphore: Any) -> None:
    with torch.cuda.device(device):
        call(cudart.cudaDestroyExternalSemaphore, semaphore)
