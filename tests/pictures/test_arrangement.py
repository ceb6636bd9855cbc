"""How the axes of a tensor are interpreted, and what is refused."""

from __future__ import annotations

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vultorch_widget.pictures.arrangement import PLAIN, arrangement, laid_out

SHAPES = {
    "HW": (5, 6),
    "HWC": (5, 6, 3),
    "CHW": (3, 5, 6),
    "NHW": (7, 5, 6),
    "NHWC": (7, 5, 6, 3),
    "NCHW": (7, 3, 5, 6),
}


@pytest.mark.parametrize("layout", SHAPES)
def test_every_layout_is_a_view_of_pictures_rows_columns_and_channels(layout):
    tensor = torch.rand(SHAPES[layout])
    pictures = arrangement(layout).pictures(tensor)
    count, channels = (7 if "N" in layout else 1), (3 if "C" in layout else 1)
    assert pictures.shape == (count, 5, 6, channels)
    assert pictures.untyped_storage().data_ptr() == tensor.untyped_storage().data_ptr()
    place = {"N": count - 1, "H": 4, "W": 2, "C": channels - 1}
    assert pictures[place["N"], 4, 2, place["C"]] == tensor[tuple(place[axis] for axis in layout)]


@pytest.mark.parametrize(
    ("shape", "layout"),
    [((5, 6), "HW"), ((5, 6, 4), "HWC"), ((3, 5, 3), "HWC"), ((2, 3, 5, 6), "NCHW"), ((2, 5, 6, 1), "NHWC")],
)
def test_a_shape_with_one_meaning_needs_no_layout(shape, layout):
    tensor = torch.rand(shape)
    assert torch.equal(PLAIN.pictures(tensor), arrangement(layout).pictures(tensor))


@pytest.mark.parametrize(
    ("shape", "ways"),
    [
        ((3, 480, 640), ['`layout="CHW"`', '`layout="NHW"`', "`tensor.permute(1, 2, 0)`"]),
        ((8, 28, 28), ['`layout="NHW"`', "`tensor[..., 0]`"]),
        ((8, 3, 480, 3), ['`layout="NCHW"`', '`layout="NHWC"`']),
        ((8, 16, 9, 9), ['`tensor.flatten(0, 1)` with `layout="NHW"`']),
    ],
)
def test_a_shape_with_two_meanings_is_refused_with_both_ways_to_say_it(shape, ways):
    with pytest.raises(ValueError, match=re.escape(str(shape))) as error:
        PLAIN.check(torch.zeros(shape))
    assert [way for way in ways if way not in str(error.value)] == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"layout": "nchw"}, "'nchw'"),
        ({"columns": 0}, "0"),
        ({"columns": 2.5}, "2.5"),
        ({"gap": -1}, "-1"),
        ({"normalize": "max"}, "'max'"),
        ({"normalize": (0.5, 0.0)}, "(0.5, 0.0)"),
        ({"normalize": (float("nan"), 1)}, "(nan, 1)"),
    ],
)
def test_a_wrong_argument_is_named(arguments, named):
    with pytest.raises(ValueError, match=f"{next(iter(arguments))} must be .* not {re.escape(named)}"):
        arrangement(**arguments)


@pytest.mark.parametrize(
    ("layout", "shape", "reason"),
    [
        ("NCHW", (3, 5, 6), "layout 'NCHW' has 4 axes, but a tensor of shape (3, 5, 6) has 3"),
        ("NCHW", (2, 16, 5, 6), "layout 'NCHW' means 16 channels"),
        ("CHW", (5, 6, 3), "layout 'CHW' means 5 channels"),
    ],
)
def test_a_layout_that_the_shape_contradicts_is_refused(layout, shape, reason):
    with pytest.raises(ValueError, match=re.escape(reason)):
        arrangement(layout).check(torch.zeros(shape))


def test_a_mean_per_channel_has_to_fit_the_channels():
    with pytest.raises(ValueError, match="2 values for mean, and the pictures have 3 channels"):
        arrangement("NCHW", normalize=([0.5, 0.5], 1.0)).check(torch.zeros(2, 3, 5, 6))


@given(st.integers(1, 9), st.integers(0, 3), st.sampled_from(["auto", 1, 2, 20]), st.booleans())
def test_a_sheet_has_each_picture_at_its_place_and_gray_between(count, gap, columns, integers):
    batch = torch.rand(count, 3, 4, 5)
    batch = (batch * 255).byte() if integers else batch
    arranged = arrangement("NCHW", columns, gap)
    sheet, placed = laid_out(batch, arranged), arranged.grid(batch)
    assert sheet.shape == (*placed.size, 3)
    for y in range(sheet.shape[0]):
        for x in range(sheet.shape[1]):
            texel = placed.at(x, y)
            expected = (128 if integers else 0.5) if texel is None else batch[texel.picture, :, texel.y, texel.x]
            assert torch.equal(sheet[y, x], torch.as_tensor(expected, dtype=sheet.dtype).expand(3))
