"""A kernel makes direct tiles of CUDA tensors in stream order, without Vulkan."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import PATIENCE
from tests.render.tiles import tiles, whole
from vultorch_widget.render.backends import open_compositor
from vultorch_widget.render.direct import MOST_FOOTPRINT, is_direct
from vultorch_widget.render.filter_spans import Spans, axis_spans
from vultorch_widget.render.plan import Tile

pytest.importorskip("cuda.bindings", reason="cuda-bindings is not installed")
pytest.importorskip("cupy", reason="CuPy is not installed")  # for memory that is shared with Vulkan


@pytest.fixture
def kernels(cuda, compositor):
    from vultorch_widget.render.cuda import DirectKernels

    return DirectKernels(compositor, cuda)


@st.composite
def direct_tiles(draw) -> Tile:
    """Direct tiles of every kind of source: whole, or any part of it averaged to any size."""
    tile = draw(tiles())._replace(channels="auto", transfer="display", colormap=None)
    if draw(st.booleans()):
        return tile._replace(filter="area")
    return whole(tile.source, gain=tile.gain, offset=tile.offset)


def test_it_equals_the_reference(kernels, reference, cuda):
    """Any shape, stride and crop, with NaN, infinity and transparency."""

    @settings(max_examples=800, deadline=None, suppress_health_check=list(HealthCheck))
    @given(direct_tiles())
    def check(tile):
        assume(is_direct(tile))
        moved = tile._replace(source=tile.source.to(cuda))
        before = moved.source.clone()
        made = kernels.made([moved]).pixels(0).astype(int)
        assert np.abs(made - reference.compose([tile]).pixels(0)).max() <= 1
        assert torch.equal(moved.source.nan_to_num(7), before.nan_to_num(7))

    check()


@pytest.mark.parametrize("side", [1, 33, 8192])
def test_sizes(kernels, side):
    source = torch.zeros(side, side, 3, device="cuda")
    source[-1, -1, 1] = 0.4
    picture = kernels.made([whole(source)]).pixels(0)
    assert picture.shape == (side, side, 4)
    assert picture[-1, -1].tolist() == [0, 102, 0, 255]
    assert int(picture[..., :3].astype(int).sum()) == 102


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (7, 5), (40, 3), (100, 77), (333, 400)])
def test_pixels_of_many_texels(kernels, cuda, size, channels):
    """Several threads share a pixel then, up to a warp."""
    source = torch.rand(500, 700, channels, device=cuda)
    if channels == 4:
        source[..., 3] = 1
    width, height = size
    tile = whole(source, width=width, height=height, filter="area")
    if not is_direct(tile):
        assert width * height * MOST_FOOTPRINT < 500 * 700
        return
    rows, columns = axis_spans("area", 0, 500, height, 500), axis_spans("area", 0, 700, width, 700)
    expected = matrix(rows, 500) @ source.double().cpu().numpy().transpose(2, 0, 1) @ matrix(columns, 700).T
    made = kernels.made([tile]).pixels(0)[..., : min(channels, 3)].transpose(2, 0, 1)
    assert np.abs(made - np.floor(expected[:3] * 255 + 0.5)).max() <= 1


def matrix(spans: Spans, texels: int) -> np.ndarray:
    """(pixels, texels) weights."""
    made = np.zeros((len(spans.first), texels))
    for pixel, (first, last) in enumerate(zip(spans.first, spans.last, strict=True)):
        made[pixel, first + 1 : last] = spans.inner
        made[pixel, first] = spans.head[pixel]
        if last > first:
            made[pixel, last] = spans.tail[pixel]
    return made


def test_the_compositor_makes_the_other_tiles_of_a_frame(kernels, reference, cuda):
    grey = torch.linspace(0, 1, 200).expand(300, 200)
    color = torch.linspace(0, 1, 1100)[:, None, None].expand(1100, 1100, 3)
    pair = [whole(grey, colormap="viridis"), whole(color), whole(grey), whole(grey, channels="r", filter="nearest")]
    frame = kernels.compose([tile._replace(source=tile.source.to(cuda)) for tile in pair])
    frame.prepare({0: 90, 1: 85})
    expected = reference.compose(pair)
    for index in range(len(pair)):
        assert np.abs(frame.pixels(index).astype(int) - expected.pixels(index)).max() <= 1
    for index, quality in ((0, 90), (1, 85)):
        decoded = np.asarray(Image.open(io.BytesIO(frame.jpeg(index, quality))).convert("RGB"))
        assert decoded.shape[:2] == expected.pixels(index).shape[:2]
        assert np.abs(decoded.astype(int) - expected.pixels(index)[..., :3]).mean() < 3
    assert frame.ready


def test_a_launch_that_is_kept_serves_the_same_memory_shown_in_the_same_way_alone(kernels, reference, cuda):
    """One after another, so that each could be mistaken for the one before it."""
    flat = torch.rand(64 * 48 * 4, device=cuda)
    color = flat[: 64 * 48 * 3].view(64, 48, 3)
    complex_ones = torch.view_as_complex(flat.view(64, 24, 4, 2))
    shown = [
        whole(color),
        whole(color.transpose(0, 1)),
        whole(flat[: 64 * 48].view(64, 48)),
        whole(flat[: 64 * 48].view(48, 64)),
        whole(flat.view(64, 48, 4), filter="area", width=20, height=30),
        whole(flat.view(64, 48, 4), filter="area", width=30, height=20),
        whole(flat.view(torch.uint8)[: 64 * 48 * 3].view(64, 48, 3)),
        whole(color, gain=2.0),
        whole(color, gain=2.0, offset=-0.5),
        whole(complex_ones.imag),
        whole(complex_ones.conj().imag, offset=1.0),  # negated, which is not direct
    ]
    for _ in range(3):
        for tile in shown:
            for one in (tile, tile):  # the second launch is a kept one
                made = kernels.compose([one]).pixels(0).astype(int)
                expected = reference.compose([tile._replace(source=tile.source.cpu().resolve_neg())]).pixels(0)
                assert np.abs(made - expected).max() <= 1
        color.uniform_()


def test_a_program_that_shows_another_tensor_in_every_frame(kernels, reference, cuda):
    from vultorch_widget.render.cuda.direct import MOST_LAUNCHES

    many = torch.rand(MOST_LAUNCHES + 10, 8, 8, 3, device=cuda)
    for _ in range(2):
        for one in many:
            made = kernels.compose([whole(one)]).pixels(0).astype(int)
            assert np.abs(made - reference.compose([whole(one.cpu())]).pixels(0)).max() <= 1
    assert len(kernels._launches) <= MOST_LAUNCHES


@pytest.mark.parametrize("side_stream", [False, True])
def test_no_picture_is_torn(kernels, side_stream):
    """Writes flat colours one after another, the next at once, while files and pixels are read."""
    tensor = torch.ones(512, 512, 4, device="cuda")
    stream = torch.cuda.Stream() if side_stream else torch.cuda.current_stream()
    stream.wait_stream(torch.cuda.current_stream())
    torn = 0
    with torch.cuda.stream(stream):
        for number in range(5000):
            tensor[..., :3] = (number % 256) / 255
            frame = kernels.made([whole(tensor)])
            tensor[..., :3] = ((number + 128) % 256) / 255
            if number % 50 == 0:
                frame.prepare({0: 90})
                assert frame.jpeg(0, 90)[:2] == b"\xff\xd8"
            pixels = frame.pixels(0)[..., :3]
            torn += int(pixels.min() != pixels.max())
            assert pixels[0, 0, 0] == number % 256
    assert torn == 0


def test_a_thread_that_has_not_used_the_gpu_yet(kernels, cuda):
    """As one to which a view is handed: the driver has no context there, and torch's cached memory needs none."""
    source = torch.full((64, 64, 3), 0.4, device=cuda)
    kernels.made([whole(source)]).pixels(0)  # its memory is cached from now on
    with ThreadPoolExecutor(1) as thread:
        frame = thread.submit(kernels.made, [whole(source)]).result()
    assert (frame.pixels(0)[..., :3] == 102).all()


def test_writes_of_a_replayed_graph_are_shown(kernels):
    tensor, level = torch.ones(256, 256, 4, device="cuda"), torch.zeros((), device="cuda")
    graph = torch.cuda.CUDAGraph()
    torch.cuda.synchronize()
    with torch.cuda.graph(graph):
        level += 1
        tensor[..., :3].copy_((level / 255).expand(256, 256, 3))
    for number in range(1, 200):
        graph.replay()
        assert (kernels.made([whole(tensor)]).pixels(0)[..., :3] == number).all()


def test_a_view_uses_it_unless_vulkan_is_requested(monkeypatch):
    from vultorch_widget.render.vulkan.cuda_compositor import CudaCompositor

    composed = []
    compose = CudaCompositor.compose
    monkeypatch.setattr(CudaCompositor, "compose", lambda self, tiles: composed.append(1) or compose(self, tiles))

    def painted(backend: str, room: int, color: str = "display") -> int:
        composed.clear()
        view = vultorch.View("direct", headless=True, backend=backend)
        tensor = vultorch.create_tensor(64, 64, 4, "cuda", window=view.window)
        tensor[..., 3] = 1
        view.panel("p").canvas("c").bind(tensor)
        view.panel("p").canvas("c").color = color
        page = Page(view).open((room, room))
        view.on_frame(lambda: tensor[..., :3].fill_(0.4))
        view.run(max_frames=20)
        view.close()
        assert (page.pixels("p/c", lossless=True) == (102 if color == "display" else 170)).all()
        assert not view._parts.tree.notices
        return len(composed)

    assert painted("auto", 128) == 0
    assert painted("auto", 32) == 0
    assert painted("auto", 128, "linear") > 0
    assert painted("vulkan", 128) > 0


def test_a_kernel_that_cannot_be_compiled_is_reported(monkeypatch):
    from vultorch_widget.render.cuda import direct

    monkeypatch.setattr(direct, "_SOURCE", b"nonsense")
    compositor, reason = open_compositor(torch.device("cuda"))
    assert "CUDA could not compile or load kernels for them (NVRTC_ERROR_COMPILATION: direct.cu(1): " in reason
    source = torch.full((8, 8, 3), 0.4, device="cuda")
    assert (compositor.compose([whole(source)]).pixels(0)[..., :3] == 102).all()
    compositor.close()


def test_a_second_process_does_not_compile_the_kernels_again(tmp_path):
    program = """
import torch
from tests.render.tiles import whole
from vultorch_widget.render.backends import open_compositor

compositor, reason = open_compositor(torch.device("cuda"))
assert not reason, reason
print(*compositor.compose([whole(torch.full((8, 8, 3), 0.4, device="cuda"))]).pixels(0)[4, 4])
compositor.close()
"""
    folders = {"XDG_CACHE_HOME": str(tmp_path), "CUPY_CACHE_DIR": str(tmp_path / "cupy")}

    def kept() -> dict[str, tuple[int, int]]:
        """The compiled files below either folder, and which ones they are: one that is written again is another."""
        files = {path.relative_to(tmp_path).as_posix(): path.stat() for path in tmp_path.rglob("*.cubin")}
        return {name: (file.st_ino, file.st_mtime_ns) for name, file in files.items()}

    def painted() -> str:
        line, given = [sys.executable, "-c", program], os.environ | folders
        done = subprocess.run(line, env=given, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert painted() == "102 102 102 255\n"
    first = kept()
    (name,) = first
    assert name.startswith("vultorch_widget/direct-")
    assert painted() == "102 102 102 255\n"
    assert kept() == first
