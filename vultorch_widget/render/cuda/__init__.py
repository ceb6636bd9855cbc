"""CUDA's side of pictures: memory and semaphores that Vulkan made, and a kernel for what needs no Vulkan.

Importing it raises ImportError where cuda-bindings or CuPy is not installed.
"""

from .frame import GpuFrame, Moment
from .memory import SharedBuffer
from .rounding import Rounding
from .runtime import CudaError, device_uuid
from .semaphore import SharedSemaphore

__all__ = ["CudaError", "GpuFrame", "Moment", "Rounding", "SharedBuffer", "SharedSemaphore", "device_uuid"]
