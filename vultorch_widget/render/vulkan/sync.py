"""Ordering on the device: a timeline semaphore counts the submissions of one compositor."""

from __future__ import annotations

from threading import Lock
from typing import Any

import vulkan as vk

from ..compositor import CompositorError
from . import external_handles
from .device import Device

PATIENCE = 60.0
"""Seconds after which a submission counts as hung. A software driver takes about two for the largest frame."""


def timeline_semaphore(device: Device, *, exported: bool = False) -> Any:
    """A `VkSemaphore` that counts from 0. If ``exported``, another API can import it."""
    chain = None
    if exported:
        chain = vk.VkExportSemaphoreCreateInfo(handleTypes=external_handles.SEMAPHORE_HANDLE)
    kind = vk.VkSemaphoreTypeCreateInfo(pNext=chain, semaphoreType=vk.VK_SEMAPHORE_TYPE_TIMELINE, initialValue=0)
    return vk.vkCreateSemaphore(device.handle, vk.VkSemaphoreCreateInfo(pNext=kind), None)


class Timeline:
    """Submits work to the queue of ``device`` and reports when it is done.

    If there is a timeline semaphore ``after``, each submission waits on the device until it has reached a given value.
    If ``exported``, another API can wait for submissions by ``semaphore``.

    The structures for submitting and waiting are made once and changed in place, and the library is called directly:
    for a small frame, the binding's wrappers would take longer than the device. One thread submits, polls and closes;
    any thread may wait.

    Attributes:
        semaphore: The `VkSemaphore` that counts.
        submitted: Number of submissions so far.

    """

    def __init__(self, device: Device, *, after: Any = None, exported: bool = False) -> None:
        self.submitted = 0
        self._unsure = False
        self._device = device
        self._done = 0
        self._waiting = Lock()  # held while a thread waits: the semaphore must not be destroyed meanwhile
        self._closed = False
        self.semaphore = timeline_semaphore(device, exported=exported)
        self._semaphores = vk.ffi.new("VkSemaphore[1]", [self.semaphore])
        self._after = [] if after is None else [after]
        self._after_semaphores = vk.ffi.new("VkSemaphore[]", self._after)
        self._after_value = vk.ffi.new("uint64_t[1]")
        self._after_stage = vk.ffi.new("VkPipelineStageFlags[1]", [vk.VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT])
        self._value = vk.ffi.new("uint64_t[1]")
        self._awaited = vk.ffi.new("uint64_t[1]")  # separate: a thread may wait while another polls or submits
        self._counted = vk.ffi.new("uint64_t[1]")
        self._commands = vk.ffi.new("VkCommandBuffer[1]")
        self._values_info, self._submit_info = self._submission()
        self._wait_info = vk.ffi.new(
            "VkSemaphoreWaitInfo *",
            {
                "sType": vk.VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,
                "semaphoreCount": 1,
                "pSemaphores": self._semaphores,
                "pValues": self._awaited,
            },
        )

    def _submission(self) -> tuple[Any, Any]:
        values = vk.ffi.new(
            "VkTimelineSemaphoreSubmitInfo *",
            {
                "sType": vk.VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO,
                "waitSemaphoreValueCount": len(self._after),
                "pWaitSemaphoreValues": self._after_value,
                "signalSemaphoreValueCount": 1,
                "pSignalSemaphoreValues": self._value,
            },
        )
        submit = vk.ffi.new(
            "VkSubmitInfo *",
            {
                "sType": vk.VK_STRUCTURE_TYPE_SUBMIT_INFO,
                "pNext": values,
                "waitSemaphoreCount": len(self._after),
                "pWaitSemaphores": self._after_semaphores,
                "pWaitDstStageMask": self._after_stage,
                "commandBufferCount": 1,
                "pCommandBuffers": self._commands,
                "signalSemaphoreCount": 1,
                "pSignalSemaphores": self._semaphores,
            },
        )
        return values, submit

    def submit(self, commands: Any, after: int = 0) -> int:
        """Starts a recorded `VkCommandBuffer` and returns the number to wait for. Raises `CompositorError`.

        The device first waits until the semaphore ``after`` of this timeline has reached the value ``after``.
        """
        self._commands[0] = commands
        self._after_value[0] = after
        self._value[0] = self.submitted + 1
        self._unsure = True  # until it is counted: an interrupt may come between
        with self._device.lock:
            self._check(vk.lib.vkQueueSubmit(self._device.queue, 1, self._submit_info, vk.ffi.NULL))
        self.submitted += 1
        self._unsure = False
        return self.submitted

    def wait_for_all(self) -> None:
        """Waits for every submission. Raises `CompositorError`."""
        if self._unsure:
            with self._device.lock:
                self._check(vk.lib.vkQueueWaitIdle(self._device.queue))
            self._check(vk.lib.vkGetSemaphoreCounterValue(self._device.handle, self.semaphore, self._counted))
            self.submitted = self._done = int(self._counted[0])
            self._unsure = False
        self.wait(self.submitted)

    def reached(self, number: int) -> bool:
        """True if submission ``number`` is done. Does not wait. Raises `CompositorError`."""
        if self._done < number:
            self._check_open()
            self._check(vk.lib.vkGetSemaphoreCounterValue(self._device.handle, self.semaphore, self._counted))
            self._done = int(self._counted[0])
        return self._done >= number

    def wait(self, number: int) -> None:
        """Waits for submission ``number``. Raises `CompositorError`, also if it takes longer than `PATIENCE`, and at
        once if an earlier one did.
        """
        if self._done >= number:
            return
        with self._waiting:
            if self._done < number:  # else another thread has waited for it, and may have closed this since
                self._check_open()
                self._wait(number)

    def _wait(self, number: int) -> None:
        if self._device.hung:
            raise CompositorError(f"{self._device.name} has not finished an earlier frame")
        self._awaited[0] = number
        result = vk.lib.vkWaitSemaphores(self._device.handle, self._wait_info, int(PATIENCE * 1e9))
        if result == vk.VK_TIMEOUT:
            self._device.lost = self._device.hung = True
            raise CompositorError(f"{self._device.name} has not finished a frame within {PATIENCE:g} s")
        self._check(result)
        self._done = max(self._done, number)

    def close(self) -> None:
        """Destroys the semaphore, once no thread waits for it. Nothing may be running."""
        with self._waiting:
            self._closed = True
            vk.vkDestroySemaphore(self._device.handle, self.semaphore, None)

    def _check_open(self) -> None:
        if self._closed:
            raise CompositorError(f"{self._device.name}: the compositor was closed before its pictures were finished")

    def _check(self, result: int) -> None:
        if result == vk.VK_SUCCESS:
            return
        problem = vk.exception_codes.get(result, vk.VkErrorUnknown).__name__
        if result == vk.VK_ERROR_DEVICE_LOST:
            self._device.lost = True
        raise CompositorError(f"{self._device.name}: {problem}")
