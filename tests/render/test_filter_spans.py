from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vultorch_widget.render.filter_spans import axis_spans


def weights(kind, start, end, pixels, texels) -> np.ndarray:
    """The spans as a matrix (pixels, texels)."""
    spans = axis_spans(kind, start, end, pixels, texels)
    matrix = np.zeros((pixels, texels))
    for pixel, (first, last, head, tail) in enumerate(zip(*spans[:4], strict=True)):
        matrix[pixel, first : last + 1] = spans.inner
        matrix[pixel, last] = tail
        matrix[pixel, first] = head
    return matrix


def test_linear_interpolates_between_texel_centres():
    expected = [[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]]
    assert weights("linear", 0, 2, 4, 2) == pytest.approx(np.array(expected))


def test_nearest_takes_the_texel_under_the_centre():
    assert weights("nearest", 0, 5, 3, 5).argmax(axis=1).tolist() == [0, 2, 4]


def test_area_weights_texels_by_coverage():
    expected = np.array([[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]])
    assert weights("area", 0, 3, 2, 3) == pytest.approx(expected, abs=1e-6)


def test_area_of_a_crop_weights_parts_of_texels():
    assert weights("area", 0.5, 2.25, 1, 4) == pytest.approx(np.array([[0.5, 1, 0.25, 0]]) / 1.75, abs=1e-6)


@pytest.mark.parametrize("kind", ["nearest", "linear", "area"])
@pytest.mark.parametrize("start", [0, 3, 7])
def test_pixel_by_texel_is_the_identity(kind, start):
    spans = axis_spans(kind, start, start + 5, 5, 12)
    assert spans.first.tolist() == spans.last.tolist() == list(range(start, start + 5))
    assert (spans.head == 1).all()


@pytest.mark.parametrize(("texels", "pixels"), [(8192, 600), (1000, 3), (7, 5), (30, 9)])
def test_slivers_from_rounding_do_not_count(texels, pixels):
    """If a pixel's edge falls on a texel's edge, the texel on the other side has no weight."""
    spans = axis_spans("area", 0, texels, pixels, texels)
    whole = np.arange(pixels + 1) * texels % pixels == 0
    assert (spans.first == (np.arange(pixels) * texels) // pixels).all()
    assert (spans.last == -(-(np.arange(1, pixels + 1) * texels) // pixels) - 1).all()
    assert whole[0]
    assert whole[-1]


@given(
    st.sampled_from(["nearest", "linear", "area"]),
    st.integers(1, 9000).flatmap(lambda n: st.tuples(st.just(n), st.floats(0, n), st.floats(0, n))),
    st.integers(1, 200),
)
def test_spans_stay_within_the_axis_and_their_weights_sum_to_one(kind, axis, pixels):
    texels, *ends = axis
    start, end = sorted(ends)
    if end - start < 1e-3:
        end = min(texels, start + 1)
        start = end - 1
    spans = axis_spans(kind, start, end, pixels, texels)
    assert (spans.first >= 0).all()
    assert (spans.last < texels).all()
    between = np.maximum(spans.last - spans.first - 1, 0)
    assert spans.head + spans.tail + between * spans.inner == pytest.approx(np.ones(pixels), abs=1e-3)
    assert (spans.head > 0).all()
    assert ((spans.tail > 0) == (spans.last > spans.first)).all()
