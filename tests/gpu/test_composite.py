"""Compositing and encoding on the GPU, compared with torch on the CPU."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from PIL import Image

from tests.render.tiles import picture, tiles, whole
from vultorch_widget.pictures.jpeg import encode_jpeg
from vultorch_widget.render.backends import open_compositor

many = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_the_gpu_equals_the_reference_within_one_level(compositor, reference, cuda):
    shared = {}

    def moved(tile, *, in_place):
        source = tile.source.to(cuda)
        if in_place and source.dtype == torch.float32 and source.numel():
            height, width = source.shape[:2]
            buffer = shared.setdefault((height, width), compositor.allocate(height, width))
            target = buffer[..., 0] if source.dim() == 2 else buffer[..., : source.shape[2]]
            source = target.copy_(source)
        return tile._replace(source=source)

    @many
    @given(tiles(), tiles())
    def check(first, second):
        expected = reference.compose([first, second])
        made = compositor.compose([moved(first, in_place=True), moved(second, in_place=False)])
        for index in range(2):
            difference = np.abs(made.pixels(index).astype(int) - expected.pixels(index)).max()
            assert difference <= 1

    check()
    assert shared


@pytest.mark.parametrize("side", [1, 17, 8192])
def test_sizes(compositor, reference, side):
    source = torch.rand(side, side, device="cuda") if side < 8192 else torch.zeros(side, side, device="cuda")
    if side == 8192:
        source[-1, -1] = 1
        corner = {"crop": (8128.0, 8128.0, 8192.0, 8192.0), "width": 64, "height": 64}
        assert picture(compositor, source, **corner)[..., 0].sum() == 255
        small = picture(compositor, source, width=64, height=64, filter="area")
        assert small.shape == (64, 64, 4)
        return
    assert np.abs(picture(compositor, source).astype(int) - picture(reference, source.cpu())).max() <= 1


@pytest.mark.parametrize("size", [(16, 16), (255, 129), (256, 256), (700, 1200)])
def test_jpeg_decodes_to_the_picture(compositor, size):
    rows = torch.linspace(0, 6, size[0], device="cuda")[:, None]
    columns = torch.linspace(0, 9, size[1], device="cuda")[None]
    source = torch.stack([rows.sin() * columns.cos(), rows.cos() * columns.sin(), (rows + columns).sin()], 2) / 2 + 0.5
    frame = compositor.compose([whole(source)])
    decoded = np.asarray(Image.open(io.BytesIO(frame.jpeg(0, 90))).convert("RGB")).astype(int)
    pixels = frame.pixels(0)
    again = np.asarray(Image.open(io.BytesIO(encode_jpeg(pixels, 90))).convert("RGB")).astype(int)
    error, usual = (np.square(picture - pixels[..., :3]).mean() for picture in (decoded, again))
    assert error < 1.5 * usual + 0.5


@pytest.mark.parametrize("side", [64, 800])
def test_equal_pictures_make_equal_files(compositor, side):
    source = torch.rand(side, side, 3, device="cuda")
    files = {compositor.compose([whole(source)]).jpeg(0, 85) for _ in range(10)}
    assert len(files) == 1
    source[0, 0] = 1 - source[0, 0]
    assert compositor.compose([whole(source)]).jpeg(0, 85) not in files


@pytest.mark.parametrize("side", [300, 1100])
def test_files_are_finished_although_their_compositor_was_closed(compositor, side):
    """The thread that makes them still waits for the pictures then."""
    source = torch.full((side, side, 3), 0.4, device="cuda")
    compositor.compose([whole(source)]).jpeg(0, 85)  # opens and compiles what is needed
    torch.cuda._sleep(500_000_000)  # about a quarter of a second
    frame = compositor.compose([whole(source)])
    frame.prepare({0: 85})
    (files,) = frame._prepared
    del frame
    compositor.close()
    (file,) = files.result()
    decoded = np.asarray(Image.open(io.BytesIO(file)).convert("RGB")).astype(int)
    assert np.abs(decoded - 102).max() <= 1


def test_a_frame_that_nobody_keeps_does_not_hold_up_the_next(compositor):
    for level in range(50):
        source = torch.full((1100, 1100, 3), level / 255, device="cuda")
        compositor.compose([whole(source)]).prepare({0: 85})
        frame = compositor.compose([whole(source)])
        frame.prepare({0: 85})
        decoded = np.asarray(Image.open(io.BytesIO(frame.jpeg(0, 85))).convert("RGB")).astype(int)
        assert np.abs(decoded - level).max() <= 1


def test_a_cuda_tensor_is_composited_on_its_gpu(cuda):
    compositor, reason = open_compositor(torch.device("cuda"))
    assert reason == ""
    assert compositor.name.startswith("Vulkan · NVIDIA")
    assert compositor.allocate(3, 5).device == cuda
    assert compositor.allocate(0, 5) is None
    compositor.close()
