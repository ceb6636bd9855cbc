"""The timeline of a compositor's submissions, while one thread waits and another closes it."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest

from tests.patience import PATIENCE
from vultorch_widget.render.compositor import CompositorError

vk = pytest.importorskip("vulkan", exc_type=(ImportError, OSError), reason="no Vulkan loader")


class Told:
    """Vulkan's library, which calls ``told`` before each wait for a semaphore."""

    def __init__(self, library: Any, told: Any) -> None:
        self._library, self._told = library, told

    def __getattr__(self, name: str) -> Any:
        if name == "vkWaitSemaphores":
            self._told()
        return getattr(self._library, name)


def submitted(device: Any) -> tuple[Any, Any]:
    """A timeline with one submission, and the pool of its empty command buffer."""
    from vultorch_widget.render.vulkan.sync import Timeline

    pool = vk.vkCreateCommandPool(device.handle, vk.VkCommandPoolCreateInfo(queueFamilyIndex=device.family), None)
    info = vk.VkCommandBufferAllocateInfo(commandPool=pool, commandBufferCount=1)
    commands = vk.vkAllocateCommandBuffers(device.handle, info)[0]
    vk.vkBeginCommandBuffer(commands, vk.VkCommandBufferBeginInfo())
    vk.vkEndCommandBuffer(commands)
    timeline = Timeline(device)
    assert timeline.submit(commands) == 1
    return timeline, pool


def test_a_semaphore_outlives_a_thread_that_waits_for_it(device, monkeypatch):
    """As the thread that encodes files does when a view is closed."""
    timeline, pool = submitted(device)
    happened = []
    destroy = vk.vkDestroySemaphore
    monkeypatch.setattr(vk, "vkDestroySemaphore", lambda *args: (happened.append("destroyed"), destroy(*args)))
    closing = Thread(target=timeline.close)

    def close() -> None:
        closing.start()
        closing.join(0.2)  # it must not end; without this time it could not be wrong

    monkeypatch.setattr(vk, "lib", Told(vk.lib, close))
    timeline.wait(1)
    happened.append("waited")
    closing.join(PATIENCE)
    assert happened == ["waited", "destroyed"]
    vk.vkDestroyCommandPool(device.handle, pool, None)


@pytest.mark.parametrize("attempt", range(8))
def test_a_thread_whose_submission_another_has_waited_for_needs_no_semaphore(device, monkeypatch, attempt):
    """As the thread that encodes files, while closing a view waits for the same submission."""
    timeline, pool = submitted(device)
    closing = Thread(target=timeline.close)
    failed = []

    def wait() -> None:
        try:
            timeline.wait(1)
        except CompositorError as error:
            failed.append(error)

    waiting = Thread(target=wait)
    others = [closing, waiting] if attempt % 2 else [waiting, closing]
    monkeypatch.setattr(vk, "lib", Told(vk.lib, lambda: [other.start() for other in others]))
    timeline.wait(1)
    for other in others:
        other.join(PATIENCE)
    assert not failed
    vk.vkDestroyCommandPool(device.handle, pool, None)


def test_a_closed_timeline_says_what_it_knows_and_no_more(device):
    timeline, pool = submitted(device)
    timeline.wait_for_all()
    timeline.close()
    timeline.wait(1)
    assert timeline.reached(1)
    for ask in (timeline.wait, timeline.reached):
        with pytest.raises(CompositorError, match="was closed"):
            ask(2)
    vk.vkDestroyCommandPool(device.handle, pool, None)
