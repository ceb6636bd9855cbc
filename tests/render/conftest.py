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


@pytest.fixture
def reference() -> TorchCompositor:
    return TorchCompositor(torch.device("cpu"))


@pytest.fixture(params=["reference", "vulkan"])
def compositor(request):
    """Each compositor in turn."""
    return request.getfixturevalue(request.param)
