"""Tensors in memory shared by Vulkan and CUDA: read in place, in order, and freed with the last reference."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.render.tiles import picture, whole
from vultorch_widget.render.compositor import CompositorError

cupy = pytest.importorskip("cupy", reason="CuPy is not installed")


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def free_memory() -> int:
    gc.collect()
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    return torch.cuda.mem_get_info()[0]


def test_a_shared_tensor_is_an_ordinary_one(compositor, cuda):
    tensor = compositor.allocate(5, 7)
    assert (tensor.shape, tensor.dtype, tensor.device) == ((5, 7, 4), torch.float32, cuda)
    assert tensor.is_contiguous()
    assert bool((tensor == 0).all())
    tensor.requires_grad_()
    (tensor * 2).sum().backward()
    assert bool((tensor.grad == 2).all())


def test_it_is_read_in_place(compositor):
    tensor = compositor.allocate(16, 16)
    assert tensor.data_ptr() in compositor._device.shared
    assert cupy.cuda.runtime.pointerGetAttributes(tensor.data_ptr()).devicePointer == tensor.data_ptr()
    frame = compositor._frames.get([whole(tensor)])[0]
    assert frame.in_place
    assert frame.size == 0  # nothing is copied


def test_writes_by_torch_cupy_and_a_kernel_appear_in_the_next_frame(compositor):
    tensor = compositor.allocate(8, 8)
    tensor[..., 3] = 1
    tensor[..., :3] = 0.2
    assert (picture(compositor, tensor)[..., :3] == 51).all()
    with cupy.cuda.Device(tensor.device.index):  # CuPy and torch both start on the default stream
        cupy.from_dlpack(tensor)[..., :3] = 0.4
    assert (picture(compositor, tensor)[..., :3] == 102).all()
    kernel = cupy.RawKernel(
        'extern "C" __global__ void fill(float* p) { p[4 * (blockIdx.x * blockDim.x + threadIdx.x)] = 1.0f; }', "fill"
    )
    with cupy.cuda.Device(tensor.device.index):
        kernel((2,), (32,), (cupy.from_dlpack(tensor),))
    assert (picture(compositor, tensor)[..., :3] == [255, 102, 102]).all()


def test_other_tensors_are_copied_once(compositor):
    tensor = torch.full((8, 8), 0.2, device="cuda")
    composite = compositor.compose([whole(tensor), whole(tensor, gain=2.0), whole(tensor.clone())])
    assert [composite.pixels(index)[0, 0, 0] for index in range(3)] == [51, 102, 51]
    staging, _ = compositor._frames.get([whole(tensor), whole(tensor, gain=2.0)])
    assert len(staging._copies) == 1


@pytest.mark.parametrize("side_stream", [False, True])
@pytest.mark.parametrize("form", ["shared", "copied"])
def test_no_frame_is_torn(compositor, form, side_stream):
    """Writes flat colours one after another while frames are read. The host waits only for the pictures."""
    side = 512
    tensor = compositor.allocate(side, side) if form == "shared" else torch.zeros(side, side, 4, device="cuda")
    stream = torch.cuda.Stream() if side_stream else torch.cuda.current_stream()
    stream.wait_stream(torch.cuda.current_stream())
    torn, previous = 0, None
    with torch.cuda.stream(stream):
        for number in range(2500):
            tensor.fill_((number % 256) / 255)
            tensor[..., 3] = 1
            frame = compositor.compose([whole(tensor, channels="r")])
            tensor.fill_(((number + 128) % 256) / 255)  # the next write is queued at once
            pixels = frame.pixels(0)
            torn += int(pixels[..., 0].min() != pixels[..., 0].max())
            assert pixels[0, 0, 0] == number % 256
            previous = pixels
    assert previous is not None
    assert torn == 0


def test_a_replayed_graph_writes_in_order(compositor):
    tensor = compositor.allocate(256, 256)
    level = torch.zeros((), device="cuda")
    graph = torch.cuda.CUDAGraph()
    torch.cuda.synchronize()
    with torch.cuda.graph(graph):
        level += 1
        tensor.copy_((level / 255).expand(256, 256, 4))
    for number in range(1, 200):
        graph.replay()
        frame = compositor.compose([whole(tensor, channels="g")])
        assert (frame.pixels(0)[..., 0] == number).all()


def test_a_thousand_views_leak_nothing():
    def one(size: int) -> None:
        view = vultorch.View("life", 400, 300, headless=True)
        tensor = vultorch.create_tensor(size, size, 4, "cuda", window=view.window)
        view.panel("p").canvas("c").bind(tensor)
        page = Page(view).open((size, size))
        view.on_frame(lambda: tensor.fill_(0.5))
        view.run(max_frames=3)
        assert page.updates
        view.close()

    for _ in range(20):
        one(128)
    before = free_memory(), psutil.Process().memory_info().rss, descriptors()
    for number in range(1000):
        one(64 + number % 100)
    assert before[0] - free_memory() < 16 << 20
    assert psutil.Process().memory_info().rss - before[1] < 32 << 20
    assert descriptors() == before[2]


def test_a_thousand_sizes_leak_nothing(compositor):
    picture(compositor, torch.rand(512, 512, 3, device="cuda"))
    shared = len(compositor._device.shared)
    before = free_memory(), descriptors()
    for number in range(1000):
        height, width = 50 + number % 300, 400 - number % 300
        tensor = compositor.allocate(height, width)
        if number % 10 == 0:
            picture(compositor, tensor)
    del tensor
    picture(compositor, torch.rand(8, 8, device="cuda"))
    gc.collect()
    assert len(compositor._device.shared) == shared
    assert before[0] - free_memory() < 64 << 20
    assert descriptors() == before[1]


def test_a_tensor_outlives_its_view_and_a_view_its_tensor():
    view = vultorch.View("life", 400, 300, headless=True)
    tensor = vultorch.create_tensor(64, 64, 4, "cuda", window=view.window)
    canvas = view.panel("p").canvas("c").bind(tensor)
    page = Page(view).open((64, 64))
    view.on_frame(lambda: None)
    view.run(max_frames=2)
    canvas.bind(torch.zeros(4, 4, device="cuda"))
    view.run(max_frames=2)
    view.close()
    gc.collect()
    tensor.fill_(2)
    assert float(tensor.sum()) == 2 * 64 * 64 * 4
    assert page.updates
    del tensor, canvas, view
    gc.collect()


def test_refusals_of_cuda_cause_a_fallback_and_a_notice(monkeypatch):
    from vultorch_widget.render.cuda import CudaError, memory

    def refuse(*_: object) -> None:
        raise CudaError("cudaImportExternalMemory: cudaErrorNotSupported")

    monkeypatch.setattr(memory, "_imported", refuse)
    view = vultorch.View("refused", 400, 300, headless=True, tick_rate=10, backend="vulkan")
    tensor = torch.full((32, 32, 3), 0.2, device="cuda")
    view.panel("p").canvas("c").bind(tensor)
    page = Page(view).open((32, 32))
    view.on_frame(lambda: tensor.add_(0.2))
    view.run(max_frames=3)
    assert len([notice for notice in view._parts.tree.notices if "cudaErrorNotSupported" in notice]) == 1
    assert (page.pixels("p/c") == 204).all()
    assert view.frame_count == 3
    view.close()


@pytest.mark.parametrize("refused", ["cudaFree", "cudaDestroyExternalMemory"])
def test_memory_that_cuda_does_not_return_is_freed_in_vulkan_all_the_same(compositor, refused, monkeypatch):
    from vultorch_widget.render.cuda import CudaError, memory

    usual, called, reported = memory.call, [], []

    def refusing(function, *args):
        called.append(function.__name__)
        result = usual(function, *args)
        if function.__name__ == refused:
            raise CudaError(f"{refused}: cudaErrorUnknown")
        return result

    tensor = compositor.allocate(5, 7)
    assert tensor.data_ptr() in compositor._device.shared
    place = tensor.data_ptr()
    gc.collect()  # of other tests
    monkeypatch.setattr(memory, "call", refusing)
    monkeypatch.setattr(sys, "unraisablehook", lambda what: reported.append(str(what.exc_value)))
    del tensor
    gc.collect()
    assert called == ["cudaFree", "cudaDestroyExternalMemory"]
    assert place not in compositor._device.shared
    assert reported == [f"{refused}: cudaErrorUnknown"]


def test_running_out_of_memory_is_reported_by_name_and_survived(compositor):
    with pytest.raises(CompositorError, match="for 1048576 x 1048576 texels"):
        compositor.allocate(1 << 20, 1 << 20)
    assert (picture(compositor, torch.ones(4, 4, device="cuda")) == 255).all()


def test_host_and_gpu_tensors_in_one_view():
    view = vultorch.View("both", 400, 300, headless=True)
    host, gpu = torch.full((32, 32), 0.2), torch.full((32, 32), 0.4, device="cuda")
    view.panel("p").canvas("host").bind(host)
    view.panel("p").canvas("gpu").bind(gpu)
    page = Page(view).open((32, 32))
    view.on_frame(lambda: None)
    view.run(max_frames=4)
    assert (page.pixels("p/host") == 51).all()
    assert np.abs(page.pixels("p/gpu").astype(int) - 102).max() <= 1
    view.close()
