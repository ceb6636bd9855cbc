"""Memory and semaphores that Vulkan made, as CUDA and torch see them. Only `render.vulkan` imports this.

Importing it raises ImportError where cuda-bindings or CuPy is not installed.
"""

from .memory import SharedBuffer
from .runtime import CudaError, device_uuid
from .semaphore import SharedSemaphore

__all__ = ["CudaError", "SharedBuffer", "SharedSemaphore", "device_uuid"]
