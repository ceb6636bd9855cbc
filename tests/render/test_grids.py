"""Batches as grids: both compositors against each other, and against a sheet that is laid out by copying."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vultorch_widget.pictures.arrangement import Arrangement, arrangement, laid_out
from vultorch_widget.render import plan
from vultorch_widget.render.plan import Tile, plan_tile
from vultorch_widget.render.scaling import scaling

from .test_agreement import difference
from .tiles import batches, grid_tiles, label_tiles, tiles

many = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
GRAY, MAGENTA = [128, 128, 128, 255], [255, 0, 255, 255]


def test_vulkan_equals_the_reference_within_one_level(vulkan, reference):
    @many
    @given(grid_tiles(vulkan.allocate), st.one_of(grid_tiles(vulkan.allocate), tiles(vulkan.allocate), label_tiles()))
    def check(first, second):
        pair = [first, second]
        before = [tile.source.clone() for tile in pair]
        made, expected = vulkan.compose(pair), reference.compose(pair)
        for index, (tile, source) in enumerate(zip(pair, before, strict=True)):
            assert made.pixels(index).shape == (tile.height, tile.width, 4)
            assert difference(made.pixels(index), expected.pixels(index)) <= 1
            assert torch.equal(tile.source.nan_to_num(7), source.nan_to_num(7))

    check()


def planned(tensor: torch.Tensor, arranged: Arrangement, room=(10_000, 10_000), **options) -> Tile:
    tile = plan_tile(tensor, room, arranged=arranged, filter="linear", fit="contain", **options)
    assert tile is not None
    return tile


def shown(compositor, tile: Tile) -> np.ndarray:
    return compositor.compose([tile]).pixels(0).copy()


def test_a_grid_equals_the_sheet_laid_out_by_copying(compositor):
    """With values within 0..1 and the default look, the grey between pictures is a value like any other."""

    @settings(many, max_examples=60)
    @given(
        batches(dtypes=(torch.float32, torch.uint8, torch.bfloat16)),
        st.sampled_from(["auto", 1, 3]),
        st.integers(0, 3),
        st.tuples(st.integers(1, 40), st.integers(1, 40)),
    )
    def check(batch, columns, gap, room):
        tensor, layout = batch
        if tensor.is_floating_point():
            tensor = tensor.nan_to_num(0.25, 0.5, 0.75).clamp(0, 1)
        if "C" in layout and tensor.shape[layout.index("C")] == 4:  # the checkerboard is not in the sheet's gaps
            tensor = tensor.narrow(layout.index("C"), 0, 3)
        arranged = arrangement(layout, columns, gap)
        sheet = plan_tile(laid_out(tensor, arranged), room, filter="linear", fit="contain")
        assert difference(shown(compositor, planned(tensor, arranged, room)), shown(compositor, sheet)) <= 1

    check()


def test_gaps_and_missing_pictures_are_gray_whatever_the_look(compositor):
    batch = torch.zeros(3, 1, 4, 5)
    tile = planned(batch, arrangement("NCHW", 2, 1), gain=3.0, offset=0.2, colormap="viridis", color="linear")
    picture = shown(compositor, tile)
    grid = tile.grid
    assert grid is not None
    between = [[grid.at(x, y) is None for x in range(tile.width)] for y in range(tile.height)]
    assert (picture[np.array(between)] == GRAY).all()
    assert (picture[~np.array(between)] != GRAY).any(axis=1).all()


def test_a_nan_is_magenta_where_it_is_and_nowhere_else(compositor):
    batch = torch.zeros(2, 3, 4, 4)
    batch[1, 2, 3, 0] = math.nan
    tile = planned(batch, arrangement("NCHW", 2, 1))
    picture = shown(compositor, tile)
    assert np.argwhere((picture == MAGENTA).all(axis=2)).tolist() == [[3, 5]]


def test_a_part_of_a_batch_shows_the_same_as_the_whole(compositor):
    batch = torch.rand(9, 3, 8, 8)
    whole = shown(compositor, planned(batch, arrangement("NCHW", 3, 2)))
    part = shown(compositor, planned(batch, arrangement("NCHW", 3, 2), crop=(12.0, 9.0, 27.0, 20.0)))
    assert difference(part, whole[9:20, 12:27]) <= 1


def test_a_batch_beyond_the_most_texels_is_sampled_from_its_whole_sheet(compositor, monkeypatch):
    monkeypatch.setattr(plan, "MOST_TEXELS", 64 * 64)
    batch = torch.linspace(0, 1, 16).reshape(16, 1, 1, 1).expand(16, 1, 64, 64)
    tile = planned(batch, arrangement("NCHW", 4, 0), room=(4, 4))
    assert tile.steps == (5, 5)
    assert tile.source.data_ptr() == batch.data_ptr()
    levels = shown(compositor, tile)[..., 0].reshape(-1)
    assert np.abs(levels.astype(int) - np.linspace(0, 255, 16)).max() <= 3


def test_planning_copies_nothing():
    batch = torch.rand(8, 3, 16, 16)[::2]
    tile = planned(batch, arrangement("NCHW"), room=(10, 10))
    assert tile.source.untyped_storage().data_ptr() == batch.untyped_storage().data_ptr()


@pytest.mark.parametrize("layout", ["HW", "HWC", "CHW"])
def test_a_single_picture_needs_no_grid(layout):
    tensor = torch.rand({"HW": (5, 6), "HWC": (5, 6, 3), "CHW": (3, 5, 6)}[layout])
    tile = planned(tensor, arrangement(layout))
    assert (tile.grid, tile.scaling) == (None, None)
    assert tile.source.shape[:2] == (5, 6)


# --- normalisation ---------------------------------------------------------------------------------------------------


def test_minmax_maps_the_whole_or_each_picture_to_0_to_1(compositor):
    batch = torch.tensor([[[0.0, 10.0]], [[20.0, 40.0]]])  # two pictures of 1 x 2
    whole = shown(compositor, planned(batch, arrangement("NHW", 1, 0, "minmax")))[..., 0]
    each = shown(compositor, planned(batch, arrangement("NHW", 1, 0, "minmax", scale_each=True)))[..., 0]
    assert whole.tolist() == [[0, 64], [128, 255]]
    assert each.tolist() == [[0, 255], [0, 255]]


def test_mean_and_std_undo_a_normalisation(compositor):
    colors = torch.rand(4, 3, 5, 6)
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    normalised = (colors - torch.tensor(mean).reshape(3, 1, 1)) / torch.tensor(std).reshape(3, 1, 1)
    made = shown(compositor, planned(normalised, arrangement("NCHW", normalize=(mean, std))))
    assert difference(made, shown(compositor, planned(colors, arrangement("NCHW")))) <= 1


def test_alpha_keeps_its_range():
    pictures = torch.rand(2, 4, 4, 4) * 7
    for normalize in ("minmax", (0.5, 2.0), ([0.5] * 3, [2.0] * 3)):
        table = scaling(pictures, arrangement("NHWC", normalize=normalize))
        assert table is not None
        assert table[:, :, 3].tolist() == [[0, 1], [0, 1]]
    table = scaling(pictures, arrangement("NHWC", normalize=([0.5] * 4, [2.0] * 4)))
    assert table is not None
    assert table[:, :, 3].tolist() == [[-0.25, 2], [-0.25, 2]]


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        ([math.nan, 2.0, 4.0], ["magenta", 0, 255]),
        ([-math.inf, 2.0, 3.0, 4.0, math.inf], [0, 0, 128, 255, 255]),
        ([7.0, 7.0], [0, 0]),
        ([math.nan, math.nan], ["magenta", "magenta"]),
        ([1e37, -1e37, 0.0], [255, 0, 128]),
        ([1000.0, 1000.5, 1001.0], [0, 128, 255]),
    ],
)
def test_minmax_takes_the_finite_values_for_the_range(compositor, values, levels):
    tile = planned(torch.tensor([values]), arrangement("HW", normalize="minmax"))
    picture = shown(compositor, tile)[0]
    assert ["magenta" if pixel.tolist() == MAGENTA else int(pixel[0]) for pixel in picture] == levels


@pytest.mark.parametrize("dtype", [torch.uint8, torch.bool, torch.float16, torch.float64])
def test_minmax_takes_every_dtype(compositor, dtype):
    batch = torch.tensor([[[0, 1], [1, 0]]] * 2, dtype=dtype)
    picture = shown(compositor, planned(batch, arrangement("NHW", 1, 0, "minmax")))
    assert picture[..., 0].tolist() == [[0, 255], [255, 0]] * 2
