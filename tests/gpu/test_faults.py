"""A GPU refuses, runs out of memory or is lost: another path is used, one notice appears, and training continues."""

from __future__ import annotations

import gc
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
import vulkan as vk

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import PATIENCE
from vultorch_widget.render.vulkan.sync import Timeline

pytest.importorskip("cupy", reason="CuPy is not installed")


def run(view: vultorch.View, tensor: torch.Tensor, frames: int, *, room: tuple[int, int] = (32, 32)) -> np.ndarray:
    """Runs frames that fill ``tensor`` with the grey level of their number. Returns the final picture on a visible
    page.
    """
    page = Page(view).open(room)

    @view.on_frame
    def frame() -> None:
        tensor.fill_((view.frame_count % 200) / 255)
        page.report()

    view.run(max_frames=frames)
    assert view.frame_count >= frames
    assert view.last_error is None
    rest(view, page)
    return page.pixels("p/c", lossless=True)


def rest(view: vultorch.View, page: Page) -> None:
    """Sends the page what a settled view still has to send."""
    for _ in range(30):
        page.report()
        view._parts.hearing.drain()
        view._parts.showing.publish(resting=True)
        time.sleep(0.02)


def gray(value: int, view: vultorch.View, painted: np.ndarray) -> bool:
    return bool((np.abs(painted.astype(int) - value % 200) <= 1).all()) and len(view._parts.tree.notices) == 1


def test_a_buffer_that_cuda_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    from vultorch_widget.render.cuda import CudaError
    from vultorch_widget.render.vulkan import interop

    def refuse(*_: object, **__: object) -> None:
        raise CudaError("cudaImportExternalMemory: cudaErrorInvalidValue")

    monkeypatch.setattr(interop, "SharedBuffer", refuse)
    view = vultorch.View("refused", headless=True, backend="vulkan")
    tensor = vultorch.create_tensor(32, 32, 4, "cuda", window=view.window)
    assert tensor.is_cuda
    assert "cudaErrorInvalidValue" in view._parts.tree.notices[0]
    tensor[..., 3] = 1
    view.panel("p").canvas("c").bind(tensor[..., :3])
    painted = run(view, tensor, 50)
    assert view.backend.startswith("torch · cuda")
    assert (np.abs(painted.astype(int) - 49) <= 1).all()
    view.close()


def test_a_device_that_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    view = vultorch.View("lost", headless=True, backend="vulkan")
    tensor = torch.zeros(32, 32, 3, device="cuda")
    view.panel("p").canvas("c").bind(tensor)
    run(view, tensor, 5)
    assert "NVIDIA" in view.backend

    def lose(*_: object, **__: object) -> int:
        raise vk.VkErrorDeviceLost

    monkeypatch.setattr(Timeline, "submit", lose)
    painted = run(view, tensor, 300)
    assert view.backend.startswith("torch · cuda")
    assert gray(view.frame_count - 1, view, painted), view._parts.tree.notices
    view.close()


def test_a_gpu_without_memory_left() -> None:
    gc.collect()
    torch.cuda.empty_cache()
    source = torch.rand(4096, 4096, 3, device="cuda")
    hog = []
    try:
        size = 8 << 30
        while size > 16 << 20:
            try:
                hog.append(torch.empty(size, dtype=torch.uint8, device="cuda"))
            except torch.OutOfMemoryError:  # noqa: PERF203
                size //= 2
        shows_all_the_same(source, hog)
    finally:  # a failed assertion would keep it, and fail all other tests
        hog.clear()
        torch.cuda.empty_cache()


def shows_all_the_same(source: torch.Tensor, hog: list[torch.Tensor]) -> None:
    view = vultorch.View("full", headless=True)
    view.panel("p").canvas("c").bind(source)
    page = Page(view).open((32, 32))
    frames = []

    @view.on_frame
    def frame() -> None:
        source.mul_(0.999)
        frames.append(view.frame_count)
        page.report()

    view.run(max_frames=40)
    assert len(frames) == 40
    assert len(view._parts.tree.notices) <= 1, view._parts.tree.notices  # there may be room for a small picture
    page.say("resize", sizes=[{"canvas": "p/c", "width": 3000, "height": 3000}])
    view.run(max_frames=10)
    assert len(frames) == 50
    assert view.last_error is None
    assert len(view._parts.tree.notices) == 1, view._parts.tree.notices
    page.say("resize", sizes=[{"canvas": "p/c", "width": 32, "height": 32}])
    expected = torch.nn.functional.avg_pool2d(source.permute(2, 0, 1).cpu(), 128).permute(1, 2, 0) * 255
    rest(view, page)
    hog.clear()
    painted = page.pixels("p/c", lossless=True)
    assert np.abs(painted - expected.numpy()).max() <= 1
    view.close()


def test_a_kernel_without_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    from vultorch_widget.render.cuda import DirectKernels

    view = vultorch.View("full", headless=True)
    tensor = torch.zeros(32, 32, 3, device="cuda")
    view.panel("p").canvas("c").bind(tensor)
    run(view, tensor, 5)
    assert "NVIDIA" in view.backend

    def refuse(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(DirectKernels, "_picture", refuse)
    painted = run(view, tensor, 300)
    assert view.backend.startswith("torch · cuda")
    assert gray(view.frame_count - 1, view, painted), view._parts.tree.notices
    view.close()


def test_a_jpeg_library_that_fails(cuda: torch.device, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host encodes instead, and the compositor stays."""
    from vultorch_widget.pictures.attempts import Attempts
    from vultorch_widget.pictures.gpu_jpeg import open_gpu_jpeg
    from vultorch_widget.pictures.jpeg_thread import jpeg_thread
    from vultorch_widget.pictures.nvjpeg import NvJpeg

    def refuse(*_: object) -> None:
        raise RuntimeError("nvjpegEncodeImage: allocation failed (5)")

    monkeypatch.setattr(NvJpeg, "encode", refuse)
    monkeypatch.setattr(jpeg_thread(cuda), "_gpu", Attempts(lambda: open_gpu_jpeg(cuda)))
    view = vultorch.View("encoded", 1200, 1200, headless=True)
    tensor = torch.zeros(1100, 1100, 3, device="cuda")
    view.panel("p").canvas("c").bind(tensor)
    painted = run(view, tensor, 300, room=(1100, 1100))
    assert "NVIDIA" in view.backend
    assert gray(view.frame_count - 1, view, painted), view._parts.tree.notices
    assert "allocation failed" in view._parts.tree.notices[0]
    view.close()


FORKED = """
import os, torch
from vultorch_widget.render.compositor import CompositorError
from vultorch_widget.render.plan import plan_tile
from vultorch_widget.render.vulkan.cuda_compositor import CudaCompositor
compositor = CudaCompositor(torch.device("cuda", 0))
tile = plan_tile(torch.rand(64, 64, 3, device="cuda"), (64, 64), filter="linear", fit="contain")
compositor.compose([tile]).pixels(0)
torch.cuda._sleep(2_000_000_000)
frame = compositor.compose([tile])
frame.prepare({0: 85})
child = os.fork()
if child == 0:
    try:
        compositor.compose([tile])
    except CompositorError as error:
        os._exit(0 if "forked" in str(error) else 2)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert frame.jpeg(0, 85)
"""


def test_a_forked_child_is_refused_and_waits_for_no_thread_of_its_parent() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKED], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
