"""Overlays and differences: how they look, with either compositor."""

from __future__ import annotations

import math

import pytest
import torch

from vultorch_widget.annotations.palette import Palette
from vultorch_widget.pictures.colormap import colormap_table
from vultorch_widget.render.plan import plan_tile
from vultorch_widget.render.second import Second

from .tiles import picture

RED = Palette(colors=(None, (200, 0, 0)), ignored=(255,))


def over(labels: list[list[int]], alpha: float = 0.5) -> Second:
    return Second(torch.tensor(labels)[..., None], "over", RED, alpha)


def shown(compositor, a, b, mode, **options):
    first, second = torch.tensor([[a]]), torch.tensor([[[b]]])
    return picture(compositor, first, second=Second(second, mode), **options)[0, 0, :3].tolist()


def test_an_overlay_lets_the_picture_through_by_alpha_and_where_there_is_no_label(compositor):
    source = torch.full((1, 3, 3), 100, dtype=torch.uint8)
    pixels = picture(compositor, source, second=over([[0, 1, 255]]))[0, :, :3]
    assert pixels.tolist() == [[100] * 3, [150, 50, 50], [100] * 3]


def test_an_overlay_is_not_brightened_with_its_picture(compositor):
    source = torch.full((1, 1, 3), 100, dtype=torch.uint8)
    pixels = picture(compositor, source, second=over([[1]]), gain=2.0, transfer="linear")[0, 0, :3]
    alone = picture(compositor, source, gain=2.0, transfer="linear")[0, 0, 0]
    assert abs(int(pixels[1]) - alone / 2) <= 1


def test_a_minified_overlay_averages_its_own_colours(compositor):
    source = torch.full((1, 2, 3), 100, dtype=torch.uint8)
    pixels = picture(compositor, source, second=over([[0, 1]], 1.0), width=1, filter="area")[0, 0, :3]
    assert pixels.tolist() == [150, 50, 50]


def test_a_label_beyond_the_palette_is_magenta_in_an_overlay(compositor):
    source = torch.full((1, 1, 3), 100, dtype=torch.uint8)
    assert picture(compositor, source, second=over([[2]]))[0, 0, :3].tolist() == [255, 0, 255]


@pytest.mark.parametrize(
    ("mode", "value"), [("signed", -0.3), ("absolute", 0.3), ("squared", 0.09), ("relative", 0.3 / 0.51)]
)
def test_a_difference_is_that_of_its_formula(compositor, mode, value):
    level = shown(compositor, 0.2, 0.5, mode, gain=0.5, offset=0.5)
    assert level == [round((value / 2 + 0.5) * 255)] * 3


def test_gain_makes_a_difference_visible_that_8_bits_would_lose(compositor):
    assert shown(compositor, 0.5001, 0.5, "absolute", gain=5000.0)[0] == pytest.approx(127, abs=2)


def test_opposite_differences_do_not_cancel_when_they_are_minified(compositor):
    first, second = torch.tensor([[0.0, 1.0]]), torch.tensor([[[1.0], [0.0]]])
    pixels = picture(compositor, first, second=Second(second, "absolute"), width=1, filter="area")
    assert pixels[0, 0, :3].tolist() == [255] * 3


def test_a_colormap_shows_the_mean_of_the_channels(compositor):
    first, second = torch.tensor([[[1.0, 0.5, 0.0]]]), torch.zeros(1, 1, 3)
    pixels = picture(compositor, first, second=Second(second, "absolute"), colormap="viridis")[0, 0, :3]
    table = colormap_table("viridis") * 255
    assert abs(pixels - (table[127] + table[128]) / 2).max() <= 1


def test_bytes_and_floats_are_compared_by_what_they_show(compositor):
    first, second = torch.tensor([[255]], dtype=torch.uint8), torch.ones(1, 1, 1)
    assert picture(compositor, first, second=Second(second, "absolute"))[0, 0, 0] == 0


def test_nan_on_either_side_is_magenta(compositor):
    for pair in ((math.nan, 0.0), (0.0, math.nan), (math.inf, math.inf)):
        assert shown(compositor, *pair, "absolute") == [255, 0, 255]


def test_alpha_has_no_difference(compositor):
    first, second = torch.zeros(1, 1, 4), torch.zeros(1, 1, 4)
    first[..., 3] = 1
    assert picture(compositor, first, second=Second(second, "absolute"))[0, 0, :3].tolist() == [0, 0, 0]


def test_a_crop_of_a_large_difference_is_that_of_both(compositor):
    first, second = torch.zeros(300, 400), torch.zeros(1, 300, 400, 1)
    second[0, 200, 300] = 1
    tile = plan_tile(
        first, (8, 8), filter="nearest", fit="contain", second=Second(second, "absolute"), crop=(296, 198, 304, 206)
    )
    pixels = compositor.compose([tile]).pixels(0)[..., 0]
    assert (pixels.argmax(), pixels.max(), (pixels > 0).sum()) == (2 * 8 + 4, 255, 1)


def test_the_second_source_may_be_the_first_and_both_may_change(vulkan):
    source = torch.rand(5, 5, 3)
    for _ in range(3):
        source.add_(1)
        assert (picture(vulkan, source, second=Second(source, "absolute"))[..., :3] == 0).all()
        assert (picture(vulkan, source, second=Second(source - 1, "absolute"))[..., :3] > 250).all()


def test_a_second_source_in_shared_memory_is_read_in_place(vulkan, reference):
    first, second = torch.rand(7, 9, 4), vulkan.allocate(7, 9)
    second.copy_(torch.rand(7, 9, 4))
    options = {"second": Second(second, "signed"), "gain": 0.5, "offset": 0.5}
    assert abs(picture(vulkan, first, **options).astype(int) - picture(reference, first, **options)).max() <= 1
