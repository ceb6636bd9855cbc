from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vultorch_widget.render.plan import MOST_TEXELS, plan_tile


def plan(height, width, room, *, fit="contain", filter="linear", **options):
    return plan_tile(torch.zeros(height, width, 3), room, filter=filter, fit=fit, **options)


@pytest.mark.parametrize("filter", ["nearest", "linear"])
@pytest.mark.parametrize("fit", ["contain", "stretch", "natural"])
def test_magnified_tensors_get_one_pixel_per_texel(filter, fit):
    tile = plan(256, 256, (600, 700), filter=filter, fit=fit)
    assert (tile.width, tile.height, tile.filter, tile.crop) == (256, 256, filter, (0, 0, 256, 256))


def test_tensors_larger_than_the_canvas_are_averaged():
    tile = plan(4096, 8192, (600, 700))
    assert (tile.width, tile.height, tile.filter) == (600, 300, "area")


def test_nearest_too_is_averaged_when_minified():
    assert plan(500, 500, (100, 100), filter="nearest").filter == "area"


def test_stretch_limits_each_axis_separately():
    tile = plan(100, 1000, (300, 400), fit="stretch")
    assert (tile.width, tile.height, tile.filter) == (300, 100, "area")


def test_the_crop_decides_not_the_tensor():
    tile = plan(1000, 1000, (200, 200), crop=(10, 20, 60.5, 120))
    assert (tile.width, tile.height, tile.filter) == (51, 100, "linear")
    assert tile.crop == (10, 20, 60.5, 120)


def test_a_thin_tensor_keeps_a_pixel():
    assert (plan(1, 8192, (100, 100)).width, plan(1, 8192, (100, 100)).height) == (100, 1)


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 0)])
def test_an_empty_tensor_has_no_tile(shape):
    assert plan(*shape, (100, 100)) is None


@pytest.mark.parametrize("crop", [(5, 0, 5, 10), (0, 0, 11, 10), (-1, 0, 5, 5), (0, 8, 5, 4), (0, 0, float("nan"), 1)])
def test_a_crop_outside_the_tensor_is_refused(crop):
    with pytest.raises(ValueError, match="is not inside a tensor of 10 x 10 texels"):
        plan(10, 10, (100, 100), crop=crop)


def test_display_options_are_passed_to_the_tile():
    tile = plan(4, 4, (9, 9), color="linear", gain=2.0, offset=-1.0, colormap="viridis", channels="g")
    assert (tile.transfer, tile.gain, tile.offset, tile.colormap, tile.channels) == ("linear", 2, -1, "viridis", "g")


@given(
    st.integers(1, 9000),
    st.integers(1, 9000),
    st.tuples(st.integers(1, 4000), st.integers(1, 4000)),
    st.sampled_from(["contain", "stretch", "natural"]),
)
def test_a_tile_exceeds_neither_the_texels_nor_the_canvas(height, width, room, fit):
    tile = plan_tile(torch.zeros(1).expand(height, width), room, filter="linear", fit=fit)
    assert 1 <= tile.width <= min(width, room[0])
    assert 1 <= tile.height <= min(height, room[1])
    assert (tile.filter == "area") == (tile.width < width or tile.height < height)


def giant(height, width):
    """A tensor of any size that takes no memory."""
    return torch.zeros(1, 1, 3, dtype=torch.uint8).expand(height, width, 3)


def texels_read(tile):
    return tile.source.shape[0] * tile.source.shape[1]


def test_up_to_8192_squared_every_texel_is_read():
    source = giant(8192, 8192)
    assert plan_tile(source, (600, 600), filter="linear", fit="contain").source is source


@pytest.mark.parametrize("shape", [(16384, 16384), (16385, 30001), (100_003, 99_999), (4, 1 << 25), (1 << 25, 4)])
def test_a_tile_of_a_giant_reads_a_bounded_number_of_texels(shape):
    for room in ((600, 600), (600, 40), (1, 1)):
        tile = plan_tile(giant(*shape), room, filter="linear", fit="stretch")
        assert texels_read(tile) <= MOST_TEXELS
        assert (tile.height, tile.width) == (min(room[1], shape[0]), min(room[0], shape[1]))


def test_a_giant_at_one_pixel_per_texel_has_every_texel():
    source = giant(16384, 16384)
    assert plan_tile(source, (16384, 16384), filter="linear", fit="contain").source is source


@given(
    st.integers(1, 1 << 17),
    st.integers(1, 1 << 17),
    st.tuples(st.integers(1, 4000), st.integers(1, 4000)),
    st.sampled_from(["contain", "stretch", "natural"]),
)
def test_each_pixel_of_a_giant_averages_texels_at_its_place(height, width, room, fit):
    source = giant(height, width)
    tile = plan_tile(source, room, filter="linear", fit=fit)
    left, top, right, bottom = tile.crop
    assert left == top == 0
    axes = ((height, tile.height, bottom, 0), (width, tile.width, right, 1))
    steps = []
    for texels, pixels, end, axis in axes:
        read = tile.source.shape[axis]
        assert 0 < end <= read
        steps.append(round(texels / end))
        if read < texels:
            assert end / pixels >= 4 - 0.5 / pixels  # half of the last block may be missing
            assert (
                abs(end * steps[-1] - texels) <= texels / pixels / 4
            )  # the picture shifts by at most a quarter of a pixel
    if texels_read(tile) > MOST_TEXELS:  # its pixels need that many
        for (texels, pixels, *_), step in zip(axes, steps, strict=True):
            assert texels / pixels < 4 * (step + 1)


def test_a_giant_is_sampled_in_place():
    source = torch.zeros(1).expand(1 << 15, 1 << 15)
    tile = plan_tile(source, (600, 600), filter="linear", fit="contain")
    assert tile.source.untyped_storage().data_ptr() == source.untyped_storage().data_ptr()
