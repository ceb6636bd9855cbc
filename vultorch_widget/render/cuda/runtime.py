"""The CUDA runtime API, and errors that name the call. Imported only where a CUDA tensor has to be shown."""

from __future__ import annotations

from typing import Any

from cuda.bindings import runtime as cudart

__all__ = ["CudaError", "call", "cudart", "device_uuid"]


class CudaError(RuntimeError):
    """A CUDA runtime call failed; the message has its name and CUDA's."""


def call(function: Any, *args: Any) -> Any:
    """What ``function`` of the runtime API returns beside its status. Raises `CudaError` for any but success."""
    status, *values = function(*args)
    if status != cudart.cudaError_t.cudaSuccess:
        raise CudaError(f"{function.__name__}: {status.name}")
    return values[0] if len(values) == 1 else tuple(values) or None


def device_uuid(ordinal: int) -> bytes:
    """The 16 bytes by which Vulkan knows the CUDA device ``ordinal`` too: `VkPhysicalDeviceIDProperties.deviceUUID`."""
    return bytes(call(cudart.cudaGetDeviceProperties, ordinal).uuid.bytes)
