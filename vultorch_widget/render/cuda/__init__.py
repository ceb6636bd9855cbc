"""The CUDA half of compositing: memory and semaphores made by Vulkan, and kernels for tiles that need no Vulkan.

Importing it raises ImportError if cuda-bindings or CuPy is not installed.
"""

from .direct import DirectKernels
from .frame import GpuFrame, Moment
from .memory import SharedBuffer
from .runtime import CudaError, device_uuid
from .semaphore import SharedSemaphore

__all__ = ["CudaError", "DirectKernels", "GpuFrame", "Moment", "SharedBuffer", "SharedSemaphore", "device_uuid"]
