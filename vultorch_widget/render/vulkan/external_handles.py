"""Handles that export a device's memory and semaphores to another API: file descriptors, or NT handles on Windows.

The Windows half follows the specifications of VK_KHR_external_memory_win32 and VK_KHR_external_semaphore_win32, and has
not been run.
"""

from __future__ import annotations

import sys
from typing import Any

import vulkan as vk

WINDOWS = sys.platform == "win32"
_KIND = "win32" if WINDOWS else "fd"
EXTENSIONS = (f"VK_KHR_external_memory_{_KIND}", f"VK_KHR_external_semaphore_{_KIND}")
"""Extensions that a device must offer."""
MEMORY_HANDLE = 2 if WINDOWS else 1
"""VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_BIT or _FD_BIT."""
SEMAPHORE_HANDLE = 2 if WINDOWS else 1
"""VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_WIN32_BIT or _FD_BIT."""


def memory_handle(device: Any, memory: Any) -> int:
    """A new handle of a `VkDeviceMemory` that was allocated for `MEMORY_HANDLE`. The caller must close it."""
    if WINDOWS:
        info = vk.VkMemoryGetWin32HandleInfoKHR(memory=memory, handleType=MEMORY_HANDLE)
        return _number(vk.vkGetDeviceProcAddr(device, "vkGetMemoryWin32HandleKHR")(device, info))
    info = vk.VkMemoryGetFdInfoKHR(memory=memory, handleType=MEMORY_HANDLE)
    return _number(vk.vkGetDeviceProcAddr(device, "vkGetMemoryFdKHR")(device, info))


def semaphore_handle(device: Any, semaphore: Any) -> int:
    """A new handle of a `VkSemaphore` that was created for `SEMAPHORE_HANDLE`. The caller must close it."""
    if WINDOWS:
        info = vk.VkSemaphoreGetWin32HandleInfoKHR(semaphore=semaphore, handleType=SEMAPHORE_HANDLE)
        return _number(vk.vkGetDeviceProcAddr(device, "vkGetSemaphoreWin32HandleKHR")(device, info))
    info = vk.VkSemaphoreGetFdInfoKHR(semaphore=semaphore, handleType=SEMAPHORE_HANDLE)
    return _number(vk.vkGetDeviceProcAddr(device, "vkGetSemaphoreFdKHR")(device, info))


def _number(handle: Any) -> int:
    """The handle's value. Some versions of the binding return a pointer to it."""
    if isinstance(handle, int):
        return handle
    return int(vk.ffi.cast("intptr_t", handle[0]))
