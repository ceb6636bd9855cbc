"""Tensors with more texels than a tile may read, shown from a regular sample. The limit is lowered here."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vultorch_widget.render import plan
from vultorch_widget.render.plan import plan_tile

BOUND = 1 << 16


def tile_of(source, room=(90, 30)):
    return plan_tile(source, room, filter="linear", fit="stretch")


@pytest.fixture
def bounded(monkeypatch):
    """Plans tiles with `BOUND` as the limit."""

    def planned(source, room=(90, 30)):
        with monkeypatch.context() as patch:
            patch.setattr(plan, "MOST_TEXELS", BOUND)
            return tile_of(source, room)

    return planned


def shown(compositor, tile):
    return compositor.compose([tile]).pixels(0).astype(int)


def gradient(height, width):
    """Brightens to the right, downwards, and to the left, by channel."""
    down, across = torch.linspace(0, 1, height)[:, None], torch.linspace(0, 1, width)[None]
    return torch.stack([across.expand(height, width), down.expand(height, width), 1 - across.expand(height, width)], -1)


@pytest.mark.parametrize("shape", [(400, 1300), (401, 1303), (1301, 403), (11, 60_011)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.uint8, torch.float64])
def test_a_smooth_picture_is_exact(compositor, bounded, shape, dtype):
    source = gradient(*shape)
    source = (source * 255).round().to(torch.uint8) if dtype == torch.uint8 else source.to(dtype)
    sampled = bounded(source)
    assert sampled.source.shape[0] * sampled.source.shape[1] <= BOUND < shape[0] * shape[1]
    exact = shown(compositor, tile_of(source)).copy()
    assert np.abs(shown(compositor, sampled) - exact).max() <= 2


def test_a_checkerboard_stays_gray(compositor, bounded):
    """A step of every second texel would make it all black or all white."""
    source = (torch.arange(600)[:, None] + torch.arange(600)[None]) % 2 == 0
    picture = shown(compositor, bounded(source, (20, 20)))[..., 0]
    assert abs(picture.mean() - 127.5) < 2
    assert np.abs(picture - 127.5).max() < 32


@pytest.mark.parametrize("form", ["copied", "shared", "transposed", "negated"])
def test_both_compositors_agree(vulkan, reference, bounded, form):
    source = torch.rand(307, 401, 4)
    if form == "shared":
        source = vulkan.allocate(307, 401).copy_(source)
    elif form == "transposed":
        source = source.transpose(0, 1)
    elif form == "negated":
        source = torch._neg_view(-source)
    tile = bounded(source, (23, 19))
    assert tile.source.shape != source.shape
    assert np.abs(shown(vulkan, tile) - shown(reference, tile)).max() <= 1


def test_only_texels_that_are_read_are_staged(device, vulkan, bounded):
    from vultorch_widget.render.vulkan.dispatch import Dispatch
    from vultorch_widget.render.vulkan.staging import Staging

    copied = Staging(device, [Dispatch(bounded(torch.zeros(600, 600, 3, dtype=torch.uint8), (40, 40)))])
    assert 0 < copied.size <= 3 * BOUND + 64
    shared = Staging(device, [Dispatch(bounded(vulkan.allocate(600, 600), (40, 40)))])
    assert (shared.size, shared.in_place) == (0, True)


def test_frames_of_the_same_giant_are_recorded_once(vulkan, bounded, monkeypatch):
    from vultorch_widget.render.vulkan import command_buffer

    made = []
    record = command_buffer.CommandBuffer._record
    monkeypatch.setattr(command_buffer.CommandBuffer, "_record", lambda *args: (made.append(1), record(*args))[1])
    for source in (torch.zeros(600, 600, 3), vulkan.allocate(600, 600)[..., :3]):
        made.clear()
        for level in range(5):
            source.fill_(level / 255)
            assert (shown(vulkan, bounded(source, (40, 40)))[..., 0] == level).all()
        assert len(made) == 1
