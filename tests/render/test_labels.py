"""Label maps: how each integer looks, with either compositor."""

from __future__ import annotations

import pytest
import torch

from vultorch_widget.annotations.palette import Palette

from .tiles import LABEL_DTYPES, picture

RED, BLUE = (200, 0, 0), (0, 0, 100)
PALETTE = Palette(colors=(RED, BLUE), ignored=(255, -100))
LIGHT, DARK = [153] * 3, [102] * 3
MAGENTA = [255, 0, 255]


@pytest.mark.parametrize("dtype", LABEL_DTYPES)
def test_every_integer_dtype_shows_the_colours_of_its_labels(compositor, dtype):
    labels = torch.tensor([[0, 1], [1, 0]], dtype=dtype)
    shown = picture(compositor, labels, palette=PALETTE)[..., :3]
    assert shown.tolist() == [[list(RED), list(BLUE)], [list(BLUE), list(RED)]]


def test_ignored_and_hidden_labels_show_the_checkerboard(compositor):
    labels = torch.full((1, 16), -100)
    labels[0, 8:] = 1
    shown = picture(compositor, labels, palette=Palette(colors=(RED, None), ignored=(255, -100)))[0, :, :3]
    assert shown.tolist() == [LIGHT] * 8 + [DARK] * 8


@pytest.mark.parametrize("value", [2, -1, 1 << 31, (1 << 32) + 1, -(1 << 40)])
def test_a_value_that_is_no_label_is_magenta(compositor, value):
    shown = picture(compositor, torch.tensor([[0, value]]), palette=PALETTE)[..., :3]
    assert shown.tolist() == [[list(RED), MAGENTA]]


def test_colours_repeat_if_labels_have_no_names(compositor):
    shown = picture(compositor, torch.tensor([[2, 3, -1]]), palette=Palette(colors=(RED, BLUE), repeats=True))
    assert shown[..., :3].tolist() == [[list(RED), list(BLUE), MAGENTA]]


def test_a_minified_mask_averages_colours_not_numbers(compositor):
    """The mean of labels 0 and 2 is 1, which is neither."""
    palette = Palette(colors=((200, 0, 0), (0, 255, 0), (0, 0, 100)))
    shown = picture(compositor, torch.tensor([[0, 2]]), palette=palette, width=1, filter="area")[0, 0, :3]
    assert shown.tolist() == [100, 0, 50]


def test_the_edge_of_a_hidden_label_has_no_fringe_of_its_colour(compositor):
    palette = Palette(colors=((200, 0, 0), None))
    shown = picture(compositor, torch.tensor([[0, 1]]), palette=palette, width=1, filter="area")[0, 0, :3]
    assert shown.tolist() == [177, 77, 77]  # half red, half the board's 153


def test_gain_curve_and_colormap_leave_labels_alone(compositor):
    options = {"gain": 3.0, "offset": 0.1, "colormap": "viridis", "transfer": "linear", "channels": "g"}
    shown = picture(compositor, torch.tensor([[0, 1]]), palette=PALETTE, **options)[..., :3]
    assert shown.tolist() == [[list(RED), list(BLUE)]]
