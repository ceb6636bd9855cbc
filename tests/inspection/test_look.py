"""How a user can change the look of a canvas, and how the values of a picture are distributed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from vultorch_widget.inspection.look import AS_SET, Look
from vultorch_widget.inspection.spread import BINS, MOST_VALUES, spread
from vultorch_widget.pictures.arrangement import PLAIN, arrangement


def test_nothing_chosen_is_what_the_program_set() -> None:
    assert AS_SET.levels(2.0, -0.5) == (2.0, -0.5)
    assert AS_SET.colors("magma", "r") == ("magma", "r")


def test_a_stop_doubles_what_is_painted_and_the_offset_comes_after() -> None:
    gain, offset = Look(exposure=1.0, offset=0.25).levels(3.0, 0.5)
    assert (gain, offset) == (6.0, 1.25)
    assert Look(colormap="", channels="g").colors("magma", "auto") == (None, "g")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"exposure": math.nan}, "exposure must be .* not nan"),
        ({"exposure": 99.0}, "from -32 to 32, not 99"),
        ({"offset": math.inf}, "offset must be .* not inf"),
        ({"colormap": "no such"}, "'no such' is not a colormap"),
        ({"channels": "x"}, "not 'x'"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Look(**wrong)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.float64, torch.bfloat16])
def test_percentiles_are_those_of_numpy(dtype: torch.dtype) -> None:
    values = torch.linspace(-3, 5, 96, dtype=torch.float64).to(dtype).reshape(8, 12)
    found = spread(values, PLAIN, "auto")
    exact = values.double().numpy()
    assert (found.least, found.most) == (exact.min(), exact.max())
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(exact, [1, 99])))
    assert sum(found.counts) == 96
    assert len(found.counts) == BINS


def test_bytes_are_measured_as_they_are_painted() -> None:
    found = spread(torch.tensor([[0, 51], [102, 255]], dtype=torch.uint8), PLAIN, "auto")
    assert (found.least, found.most) == (0.0, 1.0)


def test_values_that_are_not_finite_are_counted_apart() -> None:
    found = spread(torch.tensor([[0.0, math.nan], [math.inf, 2.0]]), PLAIN, "auto")
    assert (found.least, found.most, found.strange) == (0.0, 2.0, 2)


def test_only_the_channel_that_is_shown_counts_and_alpha_does_not() -> None:
    pixel = torch.tensor([0.1, 0.2, 0.3, 9.0]).expand(4, 4, 4)
    assert spread(pixel, PLAIN, "auto").most == pytest.approx(0.3)
    assert spread(pixel, PLAIN, "g").least == pytest.approx(0.2)


def test_a_normalised_batch_is_measured_as_it_is_shown() -> None:
    batch = torch.randn(2, 3, 5, 6)
    statistics = arrangement("NCHW", normalize=((0.5, 0.4, 0.3), (0.1, 0.2, 0.3)))
    shown = batch[:, 2] * 0.3 + 0.3
    assert spread(batch, statistics, "b").least == pytest.approx(shown.min().item(), rel=1e-5)
    whole = spread(batch, arrangement("NCHW", normalize="minmax"), "auto")
    assert (whole.least, whole.most) == (0.0, 1.0)


def test_of_a_large_picture_a_part_counts() -> None:
    found = spread(torch.rand(1500, 1500), PLAIN, "auto")
    assert 0 < sum(found.counts) <= MOST_VALUES
    assert found.low == pytest.approx(0.01, abs=0.002)


@pytest.mark.parametrize("tensor", [torch.full((2, 2), math.nan), torch.zeros(0, 3)])
def test_a_picture_without_finite_values_has_no_range(tensor: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="no finite value"):
        spread(tensor, PLAIN, "auto")


def test_labels_have_no_range() -> None:
    with pytest.raises(ValueError, match="names rather than amounts"):
        spread(torch.zeros(2, 2, dtype=torch.int64), arrangement(masks=True), "auto")
