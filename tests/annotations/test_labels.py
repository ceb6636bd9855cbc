"""Labels: their names, colours, ignored values and which are hidden; and what is refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from vultorch_widget.annotations.labels import MOST_LABELS, Labels
from vultorch_widget.annotations.palette import distinct_colors

ROAD = ["road", "car", "sky"]


def test_label_n_has_name_n_and_a_colour_of_its_own() -> None:
    labels = Labels(ROAD, what="canvas 'mask'")
    assert labels.names == ("road", "car", "sky")
    assert len(set(labels.colors)) == 3


def test_a_number_names_labels_by_their_numbers() -> None:
    assert Labels(3, what="mask").names == ("0", "1", "2")


@pytest.mark.parametrize("color", ["#804080", (128, 64, 128), [128, 64, 128]])
def test_a_mapping_gives_colours_of_ones_own(color: object) -> None:
    labels = Labels({"road": color, "car": "blue"}, what="mask")
    assert labels.colors == ((128, 64, 128), (0, 0, 255))


@pytest.mark.parametrize("count", [10, 11, 40])
def test_no_two_colours_of_a_palette_are_close(count: int) -> None:
    colors = np.array(distinct_colors(count), dtype=float)
    assert min(np.abs(a - b).max() for a, b in itertools.combinations(colors, 2)) > 15


@pytest.mark.parametrize("count", [10, 255])
def test_no_colour_is_that_of_the_checkerboard_or_of_nan(count: int) -> None:
    assert not {(153, 153, 153), (102, 102, 102), (255, 0, 255)} & set(distinct_colors(count))


def test_hidden_labels_paint_nothing_and_come_back() -> None:
    labels = Labels(ROAD, what="mask")
    whole = labels.palette
    labels.hidden = ["car"]
    assert labels.hidden == ("car",)
    assert labels.palette.colors == (whole.colors[0], None, whole.colors[2])
    labels.toggle(1, hidden=False)
    assert labels.palette == whole


def test_the_usual_values_are_ignored_unless_they_are_labels() -> None:
    assert Labels(ROAD, what="mask").ignored == (255, -1, -100)
    assert Labels(300, what="mask").ignored == (-1, -100)
    assert Labels(ROAD, ignore=0, what="mask").ignored == (0,)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"names": []}, "1 to 4096 names, not 0"),
        ({"names": MOST_LABELS + 1}, "1 to 4096 names, not 4097"),
        ({"names": "road"}, "not 'road'"),
        ({"names": ["road", 2]}, "name of label 1 must be a string, not 2"),
        ({"names": ["road", "car", "road"]}, "two labels are named 'road'"),
        ({"names": {"road": "gravel"}}, "'gravel' is not a colour for label 'road'"),
        ({"names": ROAD, "ignore": 2.5}, "not 2.5"),
        ({"names": ROAD, "ignore": True}, "not True"),
        ({"names": ROAD, "ignore": [1 << 31]}, "not 2147483648"),
        ({"names": ROAD, "ignore": range(5)}, "4 values at most, not 5"),
    ],
)
def test_what_is_wrong_is_named(arguments: dict, error: str) -> None:
    with pytest.raises(ValueError, match=error) as caught:
        Labels(**{"ignore": None, **arguments}, what="canvas 'mask'")
    assert str(caught.value).startswith("canvas 'mask': ")


def test_hiding_what_is_no_label_names_it_and_those_that_are() -> None:
    labels = Labels(ROAD, what="canvas 'mask'")
    with pytest.raises(ValueError, match=r"canvas 'mask': no label is named 'tree'.*'road', 'car', 'sky'"):
        labels.hidden = ["tree"]
    assert labels.hidden == ()


def test_labels_of_one_colour_and_of_that_of_no_label_are_told_apart_by_little() -> None:
    labels = Labels(
        {"a": "#808080", "b": "gray", "c": "#ff00ff", "d": "#999", "e": "#00008e", "f": "#00008e"}, what="m"
    )
    assert len(set(labels.colors)) == 6
    assert not {(128, 128, 128), (255, 0, 255), (153, 153, 153)} & set(labels.colors)
    given = [(128, 128, 128), (128, 128, 128), (255, 0, 255), (153, 153, 153), (0, 0, 142), (0, 0, 142)]
    far = [abs(a - b) for one, other in zip(labels.colors, given, strict=True) for a, b in zip(one, other, strict=True)]
    assert max(far) <= 2
    assert len(set(Labels(4096, what="m").colors)) == 4096
