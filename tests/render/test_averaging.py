"""With a software Vulkan, torch makes the pictures that average, and the device all others."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import vultorch_widget as vultorch
from tests.render.test_rounding import opaque
from tests.render.tiles import whole
from vultorch_widget.render import backends
from vultorch_widget.render.averaging import HostAverages
from vultorch_widget.render.backends import open_compositor
from vultorch_widget.render.compositor import CompositorError
from vultorch_widget.render.plan import Tile, plan_tile
from vultorch_widget.tree.tiles import plan


def tile_of(source: torch.Tensor, room: int, gain: float = 1.0) -> Tile:
    tile = plan_tile(source, (room, room), filter="linear", fit="stretch", gain=gain)
    assert tile is not None
    return tile


@pytest.fixture
def averages(counting):
    return HostAverages(counting)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(("side", "room"), [(16, 15), (40, 13), (300, 100)])
def test_a_reduced_picture_needs_no_device_and_is_the_same(averages, counting, vulkan, channels, side, room):
    tile = tile_of(torch.rand(side, side, channels), room)
    picture = averages.compose([tile]).pixels(0).copy()
    assert counting.frames == 0
    assert np.abs(picture.astype(int) - vulkan.compose([tile]).pixels(0)).max() <= 1


def _nan() -> torch.Tensor:
    values = torch.rand(40, 50, 3)
    values[3, 4] = math.nan
    return values


KINDS = {
    "uint8": lambda canvas: canvas.bind((torch.rand(40, 50, 3) * 255).to(torch.uint8)),
    "half": lambda canvas: canvas.bind(torch.rand(40, 50, 3).half()),
    "NaN": lambda canvas: canvas.bind(_nan()),
    "batch": lambda canvas: canvas.bind(torch.rand(9, 3, 20, 20), layout="NCHW"),
    "normalised": lambda canvas: canvas.bind(torch.rand(9, 3, 20, 20) * 7, layout="NCHW", normalize="minmax"),
    "labels": lambda canvas: canvas.bind(torch.randint(0, 3, (40, 50)), labels=["a", "b", "c"]),
    "overlay": lambda canvas: canvas.bind(torch.rand(40, 50, 3)).overlay(
        torch.randint(0, 2, (40, 50)), labels=["a", "b"]
    ),
    "colormap": lambda canvas: setattr(canvas.bind(torch.rand(40, 50)), "colormap", "viridis"),
}


@pytest.mark.parametrize("crop", [None, (3.0, 5.5, 36.0, 30.0)])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_picture_is_the_same(averages, counting, vulkan, kind, crop):
    canvas = vultorch.View("kinds", headless=True).panel("panel").canvas("picture")
    KINDS[kind](canvas)
    tile = plan(canvas, {canvas.id: (16, 16)}, crop)
    picture = averages.compose([tile]).pixels(0).copy()
    assert counting.frames == 0
    difference = np.abs(picture.astype(int) - vulkan.compose([tile]).pixels(0))
    assert difference.max() <= 1


def test_if_torch_cannot_the_device_makes_all(averages, counting, monkeypatch):
    def full(tiles):
        raise CompositorError("not enough memory")

    monkeypatch.setattr(averages._torch, "compose", full)
    tiles = [tile_of(torch.full((8, 8, 3), 0.2), 4), tile_of(torch.full((4, 4, 3), 0.4), 4, gain=2.0)]
    made = averages.compose(tiles)
    assert counting.tiles == 2
    assert [int(made.pixels(index)[0, 0, 0]) for index in range(2)] == [51, 204]


def test_each_picture_of_a_frame_is_made_where_it_takes_less_and_keeps_its_place(averages, counting, reference):
    tiles = [
        tile_of(torch.full((8, 8, 3), 0.2), 4),
        tile_of(torch.full((4, 4, 3), 0.2), 4, gain=2.0),
        tile_of(torch.full((9, 9, 3), 0.6), 4),
        whole(torch.full((5, 6, 3), 0.8)),
    ]
    made = averages.compose(tiles)
    assert counting.frames == 1
    assert counting.tiles == 2
    for index, expected in enumerate((51, 102, 153, 204)):
        picture = made.pixels(index)
        assert picture.shape == (tiles[index].height, tiles[index].width, 4)
        assert (picture[..., :3] == expected).all()


def test_a_shared_tensor_is_averaged_in_place(averages):
    tensor = averages.allocate(4, 4)
    tensor.fill_(1)
    tensor[..., :3] = 0.2
    assert averages.compose([tile_of(tensor, 2)]).pixels(0)[0, 0].tolist() == [51, 51, 51, 255]
    tensor[..., 0] = 1
    assert averages.compose([tile_of(tensor, 2)]).pixels(0)[0, 0].tolist() == [255, 51, 51, 255]


@pytest.mark.parametrize("few", [True, False])
def test_only_a_software_vulkan_on_few_cores_is_relieved_and_says_so(device, reference, monkeypatch, few):
    monkeypatch.setattr(backends, "few_cores", lambda: few)
    cpu = torch.device("cpu")
    automatic, everything = open_compositor(cpu)[0], open_compositor(cpu, "vulkan")[0]
    assert ("averaged by torch" in automatic.detail) == (device.software and few)
    assert "averaged by torch" not in everything.detail
    tile = tile_of(opaque(64, 64, 3), 20)
    for compositor in (automatic, everything):
        difference = compositor.compose([tile]).pixels(0).astype(int) - reference.compose([tile]).pixels(0)
        assert np.abs(difference).max() <= 1
        compositor.close()
