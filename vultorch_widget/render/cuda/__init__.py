"""The CUDA half of compositing: memory and semaphores made by Vulkan, and a kernel for tiles that need no Vulkan.

Importing it raises ImportError if cuda-bindings or CuPy is not installed.
"""

from .frame import GpuFrame, Moment
from .memory import SharedBuffer
from .rounding import Rounding
from .runtime import CudaError, device_uuid
from .semaphore import SharedSemaphore

__all__ = ["CudaError", "GpuFrame", "Moment", "Rounding", "SharedBuffer", "SharedSemaphore", "device_uuid"]
