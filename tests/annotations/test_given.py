"""Boxes, points and captions as users give them: what is accepted, and what each error says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import vultorch_widget as vultorch
from vultorch_widget.protocol.messages import Marks
from vultorch_widget.tree.canvas import Canvas

NAN = float("nan")
CATS = [[1.0, 2.0, 30.0, 40.0], [5.0, 5.0, 9.0, 9.0]]


@pytest.fixture
def canvas() -> Canvas:
    """Shows one picture of 64 x 48 texels (width x height)."""
    return vultorch.View("t", headless=True).panel("p").canvas("c").bind(torch.zeros(48, 64, 3))


@pytest.fixture
def batch(canvas: Canvas) -> Canvas:
    """Shows four pictures of 16 x 16 texels in two columns, 2 texels apart."""
    return canvas.bind(torch.zeros(4, 3, 16, 16), columns=2, gap=2)


def only(canvas: Canvas) -> Marks:
    (marks,) = canvas.marks()
    return marks


@pytest.mark.parametrize(
    "boxes",
    [
        CATS,
        tuple(map(tuple, CATS)),
        np.array(CATS, np.float32),
        torch.tensor(CATS),
        torch.tensor(CATS, dtype=torch.bfloat16),
        torch.tensor(CATS, requires_grad=True),
        [torch.tensor(box) for box in CATS],
        [CATS],
        torch.tensor([CATS]),
        torch.tensor(CATS).int(),
        torch.tensor(CATS).t().contiguous().t(),
    ],
    ids=str,
)
def test_boxes_are_given_as_lists_arrays_and_tensors(canvas: Canvas, boxes: Any) -> None:
    assert only(canvas.boxes(boxes)).boxes == (1, 2, 30, 40, 5, 5, 9, 9)


def test_later_writes_to_a_tensor_are_not_seen(canvas: Canvas) -> None:
    boxes = torch.tensor(CATS)
    canvas.boxes(boxes)
    boxes.zero_()
    assert only(canvas).boxes[:4] == (1, 2, 30, 40)


def test_texts_have_the_label_and_the_score(canvas: Canvas) -> None:
    canvas.boxes(CATS, labels=["cat", 3], scores=torch.tensor([0.981, 0.5])).points([[3, 4]], labels=["nose"])
    assert (only(canvas).box_texts, only(canvas).point_texts) == (("cat 0.98", "3 0.50"), ("nose",))
    assert only(canvas.boxes(CATS, scores=[1, 0])).box_texts == ("1.00", "0.00")
    assert only(canvas.boxes(CATS)).box_texts == ("", "")


def test_a_label_has_one_colour_in_all_canvases_of_a_view() -> None:
    view = vultorch.View("t", headless=True)
    truth, found = (view.panel(name).canvas("c").bind(torch.zeros(48, 64)) for name in "ab")
    cat, dog = only(truth.boxes(CATS, labels=["cat", "dog"])).box_colors
    assert only(found.boxes(CATS, labels=["dog", "cat"])).box_colors == (dog, cat)
    assert cat != dog
    zero, one = only(found.boxes(CATS, labels=torch.tensor([0, 1]))).box_colors
    assert (zero, one) == (cat, dog)  # names are counted from 0 as they come


def test_boxes_of_a_batch_lie_on_their_pictures(batch: Canvas) -> None:
    batch.boxes([None, [[1, 2, 3, 4]], [], [[0, 0, 16, 16]]], labels=[None, ["a"], [], ["b"]])
    batch.points(torch.ones(4, 1, 2)).captions(["zero", "", "two"])
    marks = batch.marks()
    assert [each.area for each in marks] == [(0, 0, 16, 16), (18, 0, 34, 16), (0, 18, 16, 34), (18, 18, 34, 34)]
    assert [each.boxes for each in marks] == [(), (19, 2, 21, 4), (), (18, 18, 34, 34)]
    assert [each.points for each in marks] == [(1, 1), (19, 1), (1, 19), (19, 19)]
    assert [each.caption for each in marks] == ["zero", "", "two", ""]


def test_pictures_without_marks_are_left_out(batch: Canvas) -> None:
    batch.captions(["", "one"])
    assert [each.area for each in batch.marks()] == [(18, 0, 34, 16)]
    assert batch.captions(None).marks() == ()


def test_none_and_nothing_remove_what_was_drawn(canvas: Canvas) -> None:
    for nothing in (None, [], np.zeros((0, 4)), torch.zeros(0, 4), torch.zeros(0), [[]]):
        assert canvas.boxes(CATS).marks() != ()
        assert canvas.boxes(nothing).marks() == ()


def test_marks_wait_for_a_picture_and_stay_with_the_next(canvas: Canvas) -> None:
    canvas.tensor = None
    canvas.boxes([[100, 100, 200, 200]])
    assert canvas.marks() == ()
    assert only(canvas.bind(torch.zeros(300, 300))).boxes == (100, 100, 200, 200)
    assert canvas.marks() is canvas.marks()  # so that comparing costs nothing
    assert only(canvas.bind(torch.zeros(150, 150))).area == (0, 0, 150, 150)


@given(
    st.lists(
        st.tuples(st.floats(-9, 64), st.floats(-9, 48), st.floats(0, 90), st.floats(0, 90)).map(
            lambda box: (box[0], box[1], max(0.0, box[0]) + box[2], max(0.0, box[1]) + box[3])
        ),
        min_size=1,
        max_size=6,
    )
)
def test_boxes_that_touch_the_picture_are_kept_to_a_thousandth(boxes: list[tuple[float, ...]]) -> None:
    canvas = vultorch.View("t", headless=True).panel("p").canvas("c").bind(torch.zeros(48, 64))
    flat = only(canvas.boxes(boxes)).boxes
    assert np.allclose(np.reshape(flat, (-1, 4)), boxes, atol=0.00051)


@pytest.mark.parametrize(
    ("boxes", "named"),
    [
        ([[1, 2, 3]], r"shape \(M, 4\).*not \(1, 3\)"),
        ([1, 2, 3, 4], r"One box is a list of one"),
        ([[1, 2, NAN, 4]], r"box 0, \(1, 2, nan, 4\), is not finite"),
        ([[0, 0, 1, 1], [0, 0, 1, float("inf")]], r"box 1, \(0, 0, 1, inf\), is not finite"),
        ([[9, 1, 1, 9]], r"box 0, \(9, 1, 1, 9\), ends before it begins.*box_convert"),
        ([[0, 0, 9, 9], [70, 1, 80, 9]], r"box 1, \(70, 1, 80, 9\), lies outside the picture.* 64 x 48"),
        ([[0.1, -0.4, 0.5, -0.2]], r"lies outside"),
        ("boxes", r"'boxes' is not a list"),
        ([["a", "b", "c", "d"]], r"is not a list or tensor"),
        ([[[0, 0, 1, 1]], [[0, 0, 1, 1]]], r"boxes for 2 pictures, but the canvas shows 1 picture"),
        (np.zeros((2001, 4)), r"2,001 boxes are too many.*2,000"),
        (torch.zeros(2, 2, 2, 4), r"\(2, 2, 2, 4\)"),
        ({"boxes": CATS}, r"is not a list"),
    ],
    ids=str,
)
def test_wrong_boxes_are_named(canvas: Canvas, boxes: Any, named: str) -> None:
    canvas.boxes(CATS)
    with pytest.raises(ValueError, match=rf"(?s)^canvas 'c': boxes.*{named}"):
        canvas.boxes(boxes)
    assert only(canvas).boxes[:4] == (1, 2, 30, 40)  # what was drawn stays


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"labels": ["a"]}, "1 labels for 2 boxes"),
        ({"scores": [0.1, 0.2, 0.3]}, "3 scores for 2 boxes"),
        ({"labels": "ab"}, "labels must be a list, not 'ab'"),
        ({"labels": [1.5, 2]}, "label 0 must be a name or a whole number, not 1.5"),
        ({"labels": [True, False]}, "label 0 must be a name or a whole number, not True"),
        ({"labels": ["a", "x" * 201]}, "label 1 has 201 characters, at most 200"),
        ({"scores": [0.5, NAN]}, "score 1 is nan"),
        ({"scores": ["a", "b"]}, r"scores must be numbers, not \['a', 'b'\]"),
        ({"scores": torch.zeros(2, 1)}, r"scores must have shape \(2,\), not \(2, 1\)"),
    ],
    ids=str,
)
def test_wrong_labels_and_scores_are_named(canvas: Canvas, more: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=f"^canvas 'c': boxes: {named}"):
        canvas.boxes(CATS, **more)


def test_labels_without_boxes_are_refused(canvas: Canvas) -> None:
    with pytest.raises(ValueError, match="labels and scores belong to boxes, and none were given"):
        canvas.boxes(None, labels=["a"])


def test_a_batch_says_what_it_needs(batch: Canvas) -> None:
    for boxes, more, named in [
        (CATS, {}, "the canvas shows 4 pictures; pass a list with the boxes of each"),
        ([[]] * 5, {}, "boxes for 5 pictures, but the canvas shows 4 pictures"),
        ([[], [[0, 0, 1, 1]]], {"labels": ["a"]}, "1 labels for 2 pictures"),
        ([[], [[0, 0, 1, 1]]], {"labels": [[], []]}, "of picture 1: 0 labels for 1 boxes"),
        ([[], [[0, 0, 20, 20], [17, 17, 20, 20]]], {}, r"of picture 1: box 1, \(17, 17, 20, 20\), lies outside"),
    ]:
        with pytest.raises(ValueError, match=named):
            batch.boxes(boxes, **more)


@pytest.mark.parametrize(
    ("captions", "named"),
    [
        (["a", "b"], r"2 captions for 1 picture: \['a', 'b'\]"),
        ([1], "caption 0 must be a string, not 1"),
        (5, "captions must be a list, not 5"),
        ("x" * 501, "caption 0 has 501 characters, at most 500"),
    ],
)
def test_wrong_captions_are_named(canvas: Canvas, captions: Any, named: str) -> None:
    with pytest.raises(ValueError, match=f"^canvas 'c': {named}"):
        canvas.captions(captions)


def test_points_outside_are_named(canvas: Canvas) -> None:
    with pytest.raises(ValueError, match=r"points: point 1, \(64.5, 3\), lies outside"):
        canvas.points([[64, 48], [64.5, 3]])


def test_a_negated_view_has_its_values(canvas: Canvas) -> None:
    """torch stores such a view with the opposite sign, and NumPy cannot read it."""
    xy = torch.tensor([[1.5, 2.5]], dtype=torch.float64)
    canvas.points(torch.complex(xy, -xy).conj().imag)
    (marks,) = canvas.marks()
    assert marks.points == (1.5, 2.5)
