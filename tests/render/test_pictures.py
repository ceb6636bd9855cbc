"""The pictures that both compositors must make. The expected numbers are computed independently."""

from __future__ import annotations

import math

import cmap
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from vultorch_widget.render import torch_compositor as reference_module
from vultorch_widget.render.torch_compositor import composite

from .tiles import DTYPES, picture, texels, whole


def levels(values) -> np.ndarray:
    """Rounds 0..1 to the nearest of 256 levels."""
    return np.floor(np.clip(np.asarray(values, dtype=np.float64), 0, 1) * 255 + 0.5).astype(int)


def gray(compositor, values, **options) -> list[int]:
    """The red channel of a row of pixels."""
    return picture(compositor, torch.tensor([values]), **options)[0, :, 0].tolist()


def test_a_level_is_the_nearest_of_256(compositor):
    assert gray(compositor, [0.0, 0.5 / 255 - 1e-5, 0.5 / 255 + 1e-5, 0.5, 1.0, 1.7, -0.2]) == [
        0,
        0,
        1,
        128,
        255,
        255,
        0,
    ]


def test_uint8_is_painted_as_it_is(compositor):
    values = torch.arange(256, dtype=torch.uint8).reshape(16, 16)
    result = picture(compositor, values)
    assert (result[..., :3] == values.numpy()[..., None]).all()
    assert (result[..., 3] == 255).all()


def test_bool_is_black_and_white(compositor):
    assert gray(compositor, [True, False, True]) == [255, 0, 255]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floats_are_painted_like_float32(compositor, dtype):
    values = torch.rand(5, 7, 3).to(dtype)
    assert (picture(compositor, values) == picture(compositor, values.to(torch.float32))).all()


@pytest.mark.parametrize("tail", [(), (1,), (3,), (4,)])
def test_channels_go_where_they_belong(compositor, tail):
    values = torch.rand(9, 5, *tail)
    if tail == (4,):
        values[..., 3] = 1
    colors = values.reshape(9, 5, -1)[..., :3].expand(9, 5, 3)
    assert np.abs(picture(compositor, values)[..., :3] - levels(colors)).max() <= 1


def test_nan_is_magenta_and_infinity_clamps(compositor):
    values = torch.tensor([[[math.nan, 0, 0], [0, 0, math.nan], [math.inf, -math.inf, 0.0]]])
    assert picture(compositor, values)[0].tolist() == [[255, 0, 255, 255], [255, 0, 255, 255], [255, 0, 0, 255]]
    values = torch.tensor([[[0.5, 0.5, 0.5, math.nan], [0.5, 0.5, 0.5, math.inf]]])
    assert picture(compositor, values)[0].tolist() == [[255, 0, 255, 255], [128, 128, 128, 255]]


@pytest.mark.parametrize("options", [{"colormap": "viridis"}, {"transfer": "linear"}, {"gain": 3.0}])
def test_nan_is_magenta_whatever_the_look(compositor, options):
    assert picture(compositor, torch.tensor([[0.2, math.nan]]), **options)[0, 1].tolist() == [255, 0, 255, 255]


def test_nan_spreads_only_as_far_as_the_filter_reaches(compositor):
    values = torch.zeros(1, 8)
    values[0, 5] = math.nan
    halved = picture(compositor, values, width=4, filter="area")
    doubled = picture(compositor, values, width=16, filter="linear")
    assert (halved[0, :, 0] == 255).tolist() == [False, False, True, False]
    assert (doubled[0, :, 0] == 255).nonzero()[0].tolist() == [9, 10, 11, 12]


def test_infinity_with_weight_zero_is_ignored(compositor):
    values = torch.tensor([[0.0, math.inf, -math.inf]])
    assert picture(compositor, values, filter="linear")[0, :, 0].tolist() == [0, 255, 0]


def test_gain_and_offset_come_before_clamping(compositor):
    assert gray(compositor, [0.25, 2.0, -1.0], gain=0.5, offset=0.25) == levels([0.375, 1.25, -0.25]).tolist()


def test_transparency_shows_a_checkerboard(compositor):
    result = picture(compositor, torch.zeros(20, 20, 4))[..., 0]
    assert set(np.unique(result)) == {levels(0.6).item(), levels(0.4).item()}
    assert (result[:8, :8] == levels(0.6)).all()
    assert (result[8:16, :8] == levels(0.4)).all()
    assert (result[8:16, 8:16] == levels(0.6)).all()


def test_alpha_mixes_and_clamps(compositor):
    values = torch.tensor([[[1.0, 0.0, 0.5, 0.5], [1.0, 0.0, 0.5, 3.0], [1.0, 0.0, 0.5, -1.0]]])
    expected = levels([[0.8, 0.3, 0.55], [1, 0, 0.5], [0.6, 0.6, 0.6]])
    assert np.abs(picture(compositor, values)[0, :, :3] - expected).max() <= 1


def test_gain_leaves_alpha_alone(compositor):
    values = torch.tensor([[[0.25, 0.25, 0.25, 1.0]]])
    assert picture(compositor, values, gain=2.0)[0, 0, 0] == 128


def test_linear_light_gets_the_srgb_curve(compositor):
    light = np.linspace(0, 1, 97, dtype=np.float32)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light.astype(np.float64) ** (1 / 2.4) - 0.055)
    assert np.abs(np.array(gray(compositor, light.tolist(), transfer="linear")) - levels(encoded)).max() <= 1
    assert gray(compositor, [0.0, 1.0, 0.2158605], transfer="linear") == [0, 255, 128]  # the middle, 128 / 255


def test_linear_light_leaves_alpha_and_colormaps_alone(compositor):
    half = torch.tensor([[[0.0, 0.0, 0.0, 0.5]]])
    assert abs(int(picture(compositor, half, transfer="linear")[0, 0, 0]) - levels(0.3)) <= 1
    values = torch.rand(4, 4)
    plain = picture(compositor, values, colormap="viridis")
    assert (picture(compositor, values, colormap="viridis", transfer="linear") == plain).all()


@pytest.mark.parametrize("name", ["viridis", "turbo", "tab10"])
def test_colormaps_equal_those_of_cmap(compositor, name):
    labels = torch.arange(256, dtype=torch.uint8).reshape(16, 16)
    expected = levels([cmap.Colormap(name)(label / 255).rgba[:3] for label in range(256)]).reshape(16, 16, 3)
    assert np.abs(picture(compositor, labels, colormap=name)[..., :3] - expected).max() <= 1


def test_an_unknown_colormap_is_named(compositor):
    with pytest.raises(ValueError, match="'no such map' is not a colormap"):
        picture(compositor, torch.zeros(2, 2), colormap="no such map")


@pytest.mark.parametrize(("name", "index"), [("r", 0), ("g", 1), ("b", 2), ("a", 3)])
def test_one_channel_is_shown_as_gray(compositor, name, index):
    values = torch.rand(6, 5, 4)
    expected = levels(values[..., index])
    result = picture(compositor, values, channels=name)
    assert np.abs(result[..., :3] - expected[..., None]).max() <= 1
    mapped = picture(compositor, values, channels=name, colormap="viridis")
    assert (mapped == picture(compositor, values[..., index], colormap="viridis")).all()


def test_a_missing_alpha_is_one_and_a_single_channel_is_any(compositor):
    assert (picture(compositor, torch.zeros(3, 3, 3), channels="a")[..., :3] == 255).all()
    assert (picture(compositor, torch.full((3, 3), 0.5), channels="a")[..., :3] == 128).all()


@pytest.mark.parametrize("size", [(20, 30), (21, 13), (40, 9), (7, 5), (1, 1)])
def test_linear_equals_torch_without_aligned_corners(compositor, size):
    values = torch.rand(10, 15, 3)
    expected = functional.interpolate(values.permute(2, 0, 1)[None], size, mode="bilinear", align_corners=False)[
        0
    ].permute(1, 2, 0)
    result = picture(compositor, values, filter="linear", height=size[0], width=size[1])
    assert np.abs(result[..., :3] - levels(expected)).max() <= 1


@pytest.mark.parametrize("size", [(20, 30), (21, 13), (7, 5), (3, 44)])
def test_nearest_equals_nearest_exact_of_torch(compositor, size):
    values = torch.rand(10, 15, 3)
    expected = functional.interpolate(values.permute(2, 0, 1)[None], size, mode="nearest-exact")[0].permute(1, 2, 0)
    result = picture(compositor, values, filter="nearest", height=size[0], width=size[1])
    assert np.abs(result[..., :3] - levels(expected)).max() <= 1


@pytest.mark.parametrize("size", [(10, 15), (7, 4), (3, 11), (1, 1), (9, 14)])
def test_area_is_the_mean_over_a_pixel(compositor, size):
    """Splits each texel so finely that every pixel covers a whole number of parts."""
    values = np.random.default_rng(1).uniform(0, 1, (10, 15, 3))
    split = values.repeat(size[0], 0).repeat(size[1], 1)
    expected = split.reshape(size[0], 10, size[1], 15, 3).mean(axis=(1, 3))
    result = picture(compositor, torch.from_numpy(values), filter="area", height=size[0], width=size[1])
    assert np.abs(result[..., :3] - levels(expected)).max() <= 1


def test_a_crop_shows_that_part(compositor):
    values = torch.rand(12, 10, 3)
    result = picture(compositor, values, crop=(2.0, 3.0, 8.0, 11.0), width=6, height=8)
    assert (result == picture(compositor, values[3:11, 2:8])).all()


def test_a_crop_between_texels_looks_beyond_its_edge(compositor):
    values = torch.tensor([[0.0, 1.0, 0.0, 1.0]])
    result = picture(compositor, values, crop=(0.5, 0.0, 3.5, 1.0), width=3, height=1, filter="linear")
    assert np.abs(result[0, :, 0].astype(int) - 128).max() <= 1


@pytest.mark.parametrize("dtype", DTYPES)
def test_strides_make_no_difference_and_nothing_is_written(compositor, dtype):
    base = texels((14, 18, 4), dtype, 5, [])
    for view in (base.transpose(0, 1), base[::3, 1::2], base.flip(0)[2:], base[:1].expand(7, 18, 4), base[..., 1]):
        before = view.clone()
        assert (picture(compositor, view) == picture(compositor, view.contiguous())).all()
        assert torch.equal(view, before)


def test_gradients_are_not_recorded(compositor):
    values = torch.rand(4, 4, 3, requires_grad=True)
    picture(compositor, values)
    picture(compositor, values * 2)
    assert values.grad is None


def test_inference_tensors_can_be_shown(compositor):
    with torch.inference_mode():
        values = torch.full((4, 4, 3), 0.5)
    assert (picture(compositor, values)[..., :3] == 128).all()


def test_several_tiles_do_not_mix(compositor):
    sources = [torch.full((3 + n, 5 + n, 3), n / 10) for n in range(10)]
    composite = compositor.compose([whole(source) for source in sources])
    for n in range(10):
        assert composite.pixels(n).shape == (3 + n, 5 + n, 4)
        assert (composite.pixels(n)[..., :3] == levels(n / 10)).all()
        assert composite.pixels(n).flags.c_contiguous


def test_no_tiles_give_no_pictures(compositor):
    assert compositor.compose([]) is not None
    assert gray(compositor, [1.0]) == [255]


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 400), st.sampled_from(["linear", "area"]))
def test_the_reference_is_the_same_in_bands(height, size, band, filter):
    source = torch.rand(height, 17, 4, generator=torch.Generator().manual_seed(height))
    tile = whole(source, height=size, width=11, filter=filter)
    expected = composite(tile)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference_module, "_BAND", band)
        assert torch.equal(composite(tile), expected)


@pytest.mark.parametrize("tail", [(3,), (4,)])
def test_the_quick_path_of_the_reference_is_only_quicker(tail):
    source = torch.rand(31, 17, *tail) * 1.4 - 0.2
    source[3, 4, 1] = math.inf
    if tail == (4,):
        source[..., 3] = 1
    slow = composite(whole(source, gain=1.0 + 1e-12))  # rounds to 1 in float32
    assert torch.equal(composite(whole(source)), slow)
