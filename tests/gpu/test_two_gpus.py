"""Two GPUs in one process: each tensor is composited on its own GPU."""

from __future__ import annotations

import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.render.tiles import picture
from vultorch_widget.loops.aside import aside
from vultorch_widget.training.image_fit import ImageFit

pytest.importorskip("cupy", reason="CuPy is not installed")

pytestmark = pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA devices")


@pytest.mark.parametrize("index", [0, 1])
def test_vulkan_s_device_is_the_tensor_s(index: int) -> None:
    """Checked by memory: what is written on one GPU is read there, and no memory of the other is used."""
    from vultorch_widget.render.vulkan.cuda_compositor import CudaCompositor

    cuda = torch.device("cuda", index)
    before = [torch.cuda.mem_get_info(device)[0] for device in range(2)]
    compositor = CudaCompositor(cuda)
    tensor = compositor.allocate(4096, 4096)
    assert tensor is not None
    assert tensor.device == cuda
    after = [torch.cuda.mem_get_info(device)[0] for device in range(2)]
    assert before[index] - after[index] >= tensor.nbytes
    assert before[1 - index] - after[1 - index] < tensor.nbytes // 2
    tensor[:] = 1
    tensor[..., :3] = 0.2
    assert (picture(compositor, tensor)[..., :3] == 51).all()
    compositor.close()


def test_each_gpu_captures_its_own_steps() -> None:
    """Though another GPU captured first, and is the current one."""
    fits = [ImageFit(torch.rand(32, 32, 3, device=f"cuda:{index}"), seed=0, precision="torch") for index in range(2)]
    for fit in fits:
        first = float(fit.step(10))
        assert fit.method == "graph"
        assert float(fit.step(500)) < first


@pytest.mark.parametrize("current", [0, 1])
@pytest.mark.parametrize("shared", [True, False])
def test_one_view_with_tensors_on_both(current: int, *, shared: bool) -> None:
    with torch.cuda.device(current):
        view = vultorch.View("both", headless=True)
        tensors = []
        for index in range(2):
            device = f"cuda:{index}"
            tensor = vultorch.create_tensor(64, 64, 4, device, window=view.window) if shared else None
            tensors.append(torch.zeros(64, 64, 4, device=device) if tensor is None else tensor)
            view.panel(device).canvas("c").bind(tensors[-1])
        page = Page(view).open()

        @view.on_frame
        def frame() -> None:
            for tensor, value in zip(tensors, (0.2, 0.4), strict=True):
                tensor[..., 3] = 1
                tensor[..., :3] = value

        view.run(max_frames=30)
        ids = [canvas.id for canvas in view._parts.tree.canvases()]
        assert [int(page.pixels(ident)[32, 32, 0]) for ident in ids] == [51, 102]
        assert not view._parts.tree.notices
        assert "CUDA" in view._parts.pictures.renderer.detail
        view.close()


def test_what_runs_beside_a_training_leaves_the_random_numbers_of_both_alone() -> None:
    for device in ("cuda:0", "cuda:1"):
        torch.zeros(1, device=device)  # both are in use
    torch.cuda.manual_seed_all(1)
    expected = [torch.rand(1, device=device).item() for device in ("cuda:0", "cuda:1")]
    torch.cuda.manual_seed_all(1)
    with aside(None):
        for device in ("cuda:0", "cuda:1"):
            torch.rand(1, device=device)
    assert [torch.rand(1, device=device).item() for device in ("cuda:0", "cuda:1")] == expected
