"""From declared sides and widths to rows and columns."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vultorch_widget.protocol.messages import Leaf, Split
from vultorch_widget.tree.layout import SIDES, Docking, arrange, check_side, check_width


def leaf(name):
    return Leaf(panel=name)


def split(direction, *parts):
    weights, children = zip(*parts, strict=True)
    return Split(direction=direction, weights=pytest.approx(weights), children=children)


def test_the_seeds_view():
    places = [Docking("GT", None, 0.0), Docking("Training Output", "right", 0.5)]
    assert arrange(places, 1200, 700) == split("row", (0.5, leaf("GT")), (0.5, leaf("Training Output")))


def test_none_and_one():
    assert arrange([], 100, 100) is None
    assert arrange([Docking("a", None, 0)], 100, 100) == leaf("a")
    assert arrange([Docking("a", "left", 0.3)], 100, 100) == leaf("a")


@pytest.mark.parametrize(
    ("width", "height", "direction"), [(1200, 700, "row"), (700, 1200, "column"), (700, 700, "column")]
)
def test_undocked_panels_stand_along_the_longer_side(width, height, direction):
    places = [Docking(name, None, 0.0) for name in "abc"]
    assert arrange(places, width, height) == split(direction, *((1 / 3, leaf(name)) for name in "abc"))


@pytest.mark.parametrize(
    ("side", "direction", "first"),
    [("left", "row", True), ("right", "row", False), ("top", "column", True), ("bottom", "column", False)],
)
def test_each_side(side, direction, first):
    parts = [(0.3, leaf("docked")), (0.7, leaf("rest"))]
    tree = arrange([Docking("rest", None, 0.0), Docking("docked", side, 0.3)], 1200, 700)
    assert tree == split(direction, *(parts if first else parts[::-1]))


@pytest.mark.parametrize("width", [0.0, -1.0])
def test_a_width_that_is_not_positive_is_a_fifth(width):
    tree = arrange([Docking("a", "left", width), Docking("b", None, 0.0)], 1200, 700)
    assert tree == split("row", (0.2, leaf("a")), (0.8, leaf("b")))


def test_sidebars_are_cut_in_order_from_what_remains():
    places = [Docking("l", "left", 0.5), Docking("m", None, 0.0), Docking("t", "top", 0.5), Docking("r", "right", 0.5)]
    inner = split("column", (0.5, leaf("t")), (0.5, split("row", (0.5, leaf("m")), (0.5, leaf("r")))))
    assert arrange(places, 1200, 700) == split("row", (0.5, leaf("l")), (0.5, inner))


def test_cuts_in_the_same_direction_are_one_row():
    places = [Docking("a", "left", 0.2), Docking("b", None, 0.0), Docking("c", None, 0.0), Docking("d", "right", 0.5)]
    row = split("row", (0.2, leaf("a")), (0.2, leaf("b")), (0.2, leaf("c")), (0.4, leaf("d")))
    assert arrange(places, 1200, 700) == row


def test_the_last_sidebar_has_what_nobody_else_wants():
    places = [Docking("a", "left", 0.25), Docking("b", "right", 0.1)]
    assert arrange(places, 1200, 700) == split("row", (0.25, leaf("a")), (0.75, leaf("b")))


def test_an_unknown_side_raises():
    for side in (None, *SIDES):
        check_side(side)
    for side in ("centre", "LEFT", "", 3):
        with pytest.raises(ValueError, match=rf"'left', 'right', 'top' or 'bottom', not {side!r}"):
            check_side(side)
        with pytest.raises(ValueError, match="side must be"):
            arrange([Docking("a", side, 0.5)], 100, 100)


def test_a_width_that_is_no_share_raises():
    for width in (-1, 0, 0.5, 0.999):
        check_width(width)
    for width in (1, 300, math.nan, math.inf):
        with pytest.raises(ValueError, match=rf"below 1 .*not {width!r}"):
            check_width(width)
        with pytest.raises(ValueError, match="width must be"):
            arrange([Docking("a", "left", width)], 100, 100)


def leaves(tree):
    return [tree.panel] if isinstance(tree, Leaf) else [name for child in tree.children for name in leaves(child)]


def area_of(tree, name):
    """The part of the view that a panel gets."""
    if isinstance(tree, Leaf):
        return 1.0 if tree.panel == name else 0.0
    return sum(weight * area_of(child, name) for weight, child in zip(tree.weights, tree.children, strict=True))


def check_splits(tree):
    if isinstance(tree, Leaf):
        return
    assert len(tree.weights) == len(tree.children) >= 2
    assert math.isclose(sum(tree.weights), 1)
    assert all(weight > 0 for weight in tree.weights)
    for child in tree.children:
        assert isinstance(child, Leaf) or child.direction != tree.direction
        check_splits(child)


sides = st.lists(
    st.tuples(st.sampled_from([None, *SIDES]), st.floats(-1, 0.95).filter(lambda w: w <= 0 or w > 0.01)), max_size=12
)


@given(sides, st.integers(1, 4000), st.integers(1, 4000))
def test_every_panel_stands_once_with_the_area_it_declared(declared, width, height):
    places = [Docking(str(i), side, share) for i, (side, share) in enumerate(declared)]
    tree = arrange(places, width, height)
    if tree is None:
        assert not places
        return
    assert sorted(leaves(tree)) == sorted(place.id for place in places)
    check_splits(tree)
    rest = 1.0
    docked = [place for place in places if place.side is not None]
    free = len(places) - len(docked)
    for place in docked[: len(docked) if free else -1]:
        share = place.width if place.width > 0 else 0.2
        assert math.isclose(area_of(tree, place.id), rest * share)
        rest *= 1 - share
    for place in [place for place in places if place.side is None]:
        assert math.isclose(area_of(tree, place.id), rest / free)
