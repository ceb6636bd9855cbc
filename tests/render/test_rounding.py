"""Small plain tiles are rounded on the calling thread and equal Vulkan's pictures."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings

from tests.render.tiles import sources, whole
from vultorch_widget.render.plan import plan_tile
from vultorch_widget.render.rounding import DIRECT_PIXELS, HostRounding, is_plain, plain_picture, rounded_in_place


@pytest.fixture
def direct(counting):
    return HostRounding(counting)


def opaque(*shape: int) -> torch.Tensor:
    tensor = torch.rand(*shape, generator=torch.Generator().manual_seed(0)) * 1.5 - 0.25
    if shape[2] == 4:
        tensor[..., 3] = 1
    return tensor


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("size", [(1, 1), (3, 7), (256, 256), (512, 512)])
def test_a_plain_tile_needs_no_device_and_is_the_same_picture(direct, counting, vulkan, size, channels):
    tile = whole(opaque(*size, channels))
    picture = direct.compose([tile]).pixels(0).copy()
    assert counting.frames == 0
    expected = vulkan.compose([tile]).pixels(0)
    assert picture.shape == expected.shape
    assert np.abs(picture.astype(int) - expected).max() <= 1
    assert (picture[..., 3] == 255).all()


def test_any_source_gives_the_picture_that_vulkan_makes(direct, vulkan):
    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(sources(vulkan.allocate))
    def check(source):
        before = source.clone()
        picture = direct.compose([whole(source)]).pixels(0).astype(int)
        assert np.abs(picture - vulkan.compose([whole(source)]).pixels(0)).max() <= 1
        assert torch.equal(source.nan_to_num(7), before.nan_to_num(7))

    check()


def transparent() -> torch.Tensor:
    tensor = opaque(16, 16, 4)
    tensor[3, 4, 3] = 0.999
    return tensor


def broken() -> torch.Tensor:
    tensor = opaque(16, 16, 3)
    tensor[3, 4, 1] = math.nan
    return tensor


@pytest.mark.parametrize(
    "tile",
    [
        whole(transparent()),
        whole(broken()),
        whole(opaque(16, 16, 1)),
        whole(opaque(16, 16, 3).half()),
        whole(opaque(DIRECT_PIXELS // 512 + 1, 512, 3)),
        plan_tile(opaque(16, 16, 3), (8, 8), filter="linear", fit="contain"),
        plan_tile(opaque(16, 16, 3), (16, 16), filter="linear", fit="contain", gain=2),
        plan_tile(opaque(16, 16, 3), (16, 16), filter="linear", fit="contain", crop=(0.5, 0, 16, 16)),
    ],
    ids=["alpha", "NaN", "gray", "half", "large", "smaller", "gain", "crop"],
)
def test_a_tile_that_is_not_plain_is_composited_with_its_whole_frame(direct, counting, vulkan, tile):
    tiles = [whole(opaque(8, 8, 3)), tile]
    made = direct.compose(tiles)
    pictures = [made.pixels(index).copy() for index in range(2)]
    assert counting.frames == 1
    expected = vulkan.compose(tiles)
    assert all((picture == expected.pixels(index)).all() for index, picture in enumerate(pictures))


def test_infinity_is_not_mistaken_for_nan(direct, counting):
    source = torch.zeros(2, 2, 3)
    source[0, 0, 0], source[0, 1, 1] = math.inf, -math.inf
    picture = direct.compose([whole(source)]).pixels(0)
    assert counting.frames == 0
    assert picture[0, 0].tolist() == [255, 0, 0, 255]
    assert picture[0, 1].tolist() == [0, 0, 0, 255]
    levels = rounded_in_place(whole(source), None)
    assert levels is not None
    assert np.array_equal(levels, picture[..., :3])


@pytest.mark.parametrize("alpha", [1.5, math.inf])
def test_what_is_more_than_opaque_is_opaque_in_either_way(direct, counting, alpha):
    source = opaque(4, 4, 4)
    source[1, 2, 3] = alpha
    picture = direct.compose([whole(source)]).pixels(0).copy()
    assert counting.frames == 0
    assert (picture[..., 3] == 255).all()
    assert np.array_equal(rounded_in_place(whole(source), None), picture)


def test_a_shared_tensor_is_read_in_place(direct, counting):
    tensor = direct.allocate(4, 4)
    tensor[...] = torch.tensor([0.2, 0.4, 0.6, 1.0])
    assert direct.compose([whole(tensor)]).pixels(0)[0, 0].tolist() == [51, 102, 153, 255]
    tensor[..., 0] = 1.0
    assert direct.compose([whole(tensor)]).pixels(0)[0, 0].tolist() == [255, 102, 153, 255]
    assert counting.frames == 0


def test_negated_views_are_not_rounded_directly():
    complex_ones = torch.view_as_complex(torch.rand(4, 4, 3, 2))
    assert is_plain(whole(complex_ones.imag))
    assert not is_plain(whole(complex_ones.conj().imag))


@pytest.mark.parametrize("channels", [3, 4])
def test_a_tensor_that_may_be_overwritten_is_rounded_where_it_is(channels):
    tile = whole(opaque(16, 24, channels))
    expected = plain_picture(tile).numpy()[..., :channels]
    levels = rounded_in_place(tile, None)
    assert np.array_equal(levels, expected)
    tile.source.copy_(opaque(16, 24, channels).flip(0))
    assert rounded_in_place(tile, levels) is levels  # the memory of the previous picture
    assert np.array_equal(levels, expected[::-1])
    assert rounded_in_place(whole(opaque(8, 8, channels)), levels).shape == (8, 8, channels)


@pytest.mark.parametrize("source", [transparent(), broken(), opaque(16, 16, 3).double(), opaque(16, 16, 3)[..., 0]])
def test_one_that_needs_more_than_rounding_is_left_as_it_is(source):
    before = source.clone()
    assert rounded_in_place(whole(source), None) is None
    assert torch.equal(source.nan_to_num(7), before.nan_to_num(7))
