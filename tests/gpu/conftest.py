from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from vultorch_widget.render.torch_compositor import TorchCompositor

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test in this folder as needing a GPU."""
    reason = pytest.mark.skip(reason="no CUDA device")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.gpu)
            if not torch.cuda.is_available():
                item.add_marker(reason)


@pytest.fixture
def cuda() -> torch.device:
    return torch.device("cuda", torch.cuda.current_device())


@pytest.fixture
def compositor(cuda: torch.device) -> Iterator[object]:
    from vultorch_widget.render.vulkan.cuda_compositor import CudaCompositor

    made = CudaCompositor(cuda)
    yield made
    made.close()


@pytest.fixture
def reference() -> TorchCompositor:
    return TorchCompositor(torch.device("cpu"))
