"""A kernel rounds plain tiles of CUDA tensors in stream order, without Vulkan."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings

import vultorch_widget as vultorch
from tests.page import Page
from tests.render.tiles import sources, whole
from vultorch_widget.render.backends import open_compositor
from vultorch_widget.render.rounding import is_plain

cupy = pytest.importorskip("cupy", reason="CuPy is not installed")


@pytest.fixture
def rounding(cuda):
    from vultorch_widget.render.cuda import Rounding

    return Rounding(cuda, "rounding")


def test_it_equals_the_reference(rounding, reference, cuda):
    """Any shape and stride, with NaN, infinity and transparency."""

    @settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
    @given(sources())
    def check(source):
        assume(is_plain(whole(source)))
        moved = source.to(cuda)
        before = moved.clone()
        made = rounding.compose([whole(moved)]).pixels(0).astype(int)
        assert np.abs(made - reference.compose([whole(source)]).pixels(0)).max() <= 1
        assert torch.equal(moved.nan_to_num(7), before.nan_to_num(7))

    check()


@pytest.mark.parametrize("side", [1, 33, 8192])
def test_sizes(rounding, side):
    source = torch.zeros(side, side, 3, device="cuda")
    source[-1, -1, 1] = 0.4
    picture = rounding.compose([whole(source)]).pixels(0)
    assert picture.shape == (side, side, 4)
    assert picture[-1, -1].tolist() == [0, 102, 0, 255]
    assert int(picture[..., :3].astype(int).sum()) == 102


@pytest.mark.parametrize("side_stream", [False, True])
def test_no_picture_is_torn(rounding, side_stream):
    """Writes flat colours one after another, the next at once, while files and pixels are read."""
    tensor = torch.ones(512, 512, 4, device="cuda")
    stream = torch.cuda.Stream() if side_stream else torch.cuda.current_stream()
    stream.wait_stream(torch.cuda.current_stream())
    torn = 0
    with torch.cuda.stream(stream):
        for number in range(5000):
            tensor[..., :3] = (number % 256) / 255
            frame = rounding.compose([whole(tensor)])
            tensor[..., :3] = ((number + 128) % 256) / 255
            if number % 50 == 0:
                frame.prepare({0: 90})
                assert frame.jpeg(0, 90)[:2] == b"\xff\xd8"
            pixels = frame.pixels(0)[..., :3]
            torn += int(pixels.min() != pixels.max())
            assert pixels[0, 0, 0] == number % 256
    assert torn == 0


def test_writes_of_a_replayed_graph_are_shown(rounding):
    tensor, level = torch.ones(256, 256, 4, device="cuda"), torch.zeros((), device="cuda")
    graph = torch.cuda.CUDAGraph()
    torch.cuda.synchronize()
    with torch.cuda.graph(graph):
        level += 1
        tensor[..., :3].copy_((level / 255).expand(256, 256, 3))
    for number in range(1, 200):
        graph.replay()
        assert (rounding.compose([whole(tensor)]).pixels(0)[..., :3] == number).all()


def test_a_view_uses_it_unless_vulkan_is_requested(monkeypatch):
    from vultorch_widget.render.vulkan.cuda_compositor import CudaCompositor

    composed = []
    compose = CudaCompositor.compose
    monkeypatch.setattr(CudaCompositor, "compose", lambda self, tiles: composed.append(1) or compose(self, tiles))

    def painted(backend: str, room: int) -> int:
        composed.clear()
        view = vultorch.View("rounded", headless=True, backend=backend)
        tensor = vultorch.create_tensor(64, 64, 4, "cuda", window=view.window)
        tensor[..., 3] = 1
        view.panel("p").canvas("c").bind(tensor)
        page = Page(view).open((room, room))
        view.on_frame(lambda: tensor[..., :3].fill_(0.4))
        view.run(max_frames=20)
        view.close()
        assert (page.pixels("p/c", lossless=True) == 102).all()
        assert not view._parts.tree.notices
        return len(composed)

    assert painted("auto", 128) == 0
    assert painted("auto", 32) > 0  # must be filtered
    assert painted("vulkan", 128) > 0


def test_a_kernel_that_cannot_be_compiled_is_reported(monkeypatch):
    from vultorch_widget.render.cuda import rounding

    monkeypatch.setattr(rounding, "_SOURCE", "nonsense")
    compositor, reason = open_compositor(torch.device("cuda"))
    assert "could not compile a kernel" in reason
    source = torch.full((8, 8, 3), 0.4, device="cuda")
    assert (compositor.compose([whole(source)]).pixels(0)[..., :3] == 102).all()
    compositor.close()
