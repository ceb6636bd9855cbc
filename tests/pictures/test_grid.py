"""Where the pictures of a batch lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vultorch_widget.pictures.grid import Texel, grid

GRIDS = st.builds(
    grid,
    st.integers(1, 40),
    st.integers(1, 9),
    st.integers(1, 9),
    st.one_of(st.just("auto"), st.integers(1, 50)),
    st.integers(0, 3),
)


@given(GRIDS)
def test_every_texel_of_every_picture_is_found_once_and_everything_else_is_gap(placed):
    height, width = placed.size
    found = [placed.at(x + 0.5, y + 0.5) for y in range(height) for x in range(width)]
    there = [texel for texel in found if texel is not None]
    assert sorted(there) == [
        Texel(index, x, y) for index in range(placed.count) for x in range(placed.width) for y in range(placed.height)
    ]


@given(GRIDS, st.data())
def test_a_pictures_corner_is_its_first_texel(placed, data):
    index = data.draw(st.integers(0, placed.count - 1))
    assert placed.at(*placed.origin(index)) == Texel(index, 0, 0)


def test_outside_there_is_no_texel_and_no_picture():
    placed = grid(3, 4, 5, 2, 1)
    assert placed.size == (9, 11)
    outside = [(-0.1, 0), (0, -0.1), (11, 0), (0, 9), (5.5, 1), (1, 4.5), (6.5, 5.5)]
    assert [placed.at(x, y) for x, y in outside] == [None] * len(outside)
    for index in (-1, 3):
        with pytest.raises(IndexError, match=f"no picture {index} in a grid of 3"):
            placed.origin(index)


@pytest.mark.parametrize(
    ("count", "height", "width", "columns"),
    [(1, 9, 9, 1), (64, 256, 256, 8), (8, 28, 28, 4), (7, 28, 28, 3), (128, 32, 32, 16), (6, 100, 400, 2)],
)
def test_automatic_columns_make_the_sheet_about_square_and_full(count, height, width, columns):
    assert grid(count, height, width, "auto", 2).columns == columns


@pytest.mark.parametrize(("count", "height", "width"), [(0, 4, 4), (3, 0, 4), (3, 4, 0)])
def test_a_batch_without_texels_has_no_sheet(count, height, width):
    assert grid(count, height, width, "auto", 2).size == (0, 0)
