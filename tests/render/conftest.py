from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from vultorch_widget.render.compositor import CompositorError
from vultorch_widget.render.torch_compositor import TorchCompositor


@pytest.fixture
def device():
    """The Vulkan device. Tests are skipped only if there is none."""
    try:
        from vultorch_widget.render.vulkan import open_device

        return open_device()
    except (OSError, CompositorError) as error:
        pytest.skip(f"no Vulkan here: {error}")


@pytest.fixture
def vulkan(device) -> Iterator[object]:
    from vultorch_widget.render.vulkan import VulkanCompositor

    compositor = VulkanCompositor(device)
    yield compositor
    compositor.close()


class Counting:
    """A compositor that counts its calls, and the tiles."""

    def __init__(self, compositor):
        self._compositor = compositor
        self.name, self.detail, self.jpeg_library = compositor.name, compositor.detail, ""
        self.frames = self.tiles = 0

    def compose(self, tiles):
        self.frames += 1
        self.tiles += len(tiles)
        return self._compositor.compose(tiles)

    def allocate(self, height, width):
        return self._compositor.allocate(height, width)


@pytest.fixture
def counting(vulkan):
    return Counting(vulkan)


@pytest.fixture
def reference() -> TorchCompositor:
    return TorchCompositor(torch.device("cpu"))


@pytest.fixture(params=["reference", "vulkan"])
def compositor(request):
    """Each compositor in turn."""
    return request.getfixturevalue(request.param)
