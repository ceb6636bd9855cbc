"""The CUDA runtime API, with errors that name the failed call. Imported only when a CUDA tensor is shown."""

from __future__ import annotations

from typing import Any

from cuda.bindings import runtime as cudart

__all__ = ["CudaError", "call", "cudart", "device_uuid"]


class CudaError(RuntimeError):
    """A CUDA runtime call failed. The message has the names of the call and of its error."""


def call(function: Any, *args: Any) -> Any:
    """Calls ``function`` of the runtime API; returns its results without the status. Raises `CudaError` if it
    failed.
    """
    status, *values = function(*args)
    if status != cudart.cudaError_t.cudaSuccess:
        raise CudaError(f"{function.__name__}: {status.name}")
    return values[0] if len(values) == 1 else tuple(values) or None


def device_uuid(ordinal: int) -> bytes:
    """The CUDA device's 16-byte UUID, which equals Vulkan's `VkPhysicalDeviceIDProperties.deviceUUID`."""
    return bytes(call(cudart.cudaGetDeviceProperties, ordinal).uuid.bytes)
