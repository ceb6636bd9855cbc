"""A range slider: its arguments, and the two values that it takes from the program and from pages."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.panel import lone_panel
from vultorch_widget.protocol.controls import RangeSlider
from vultorch_widget.tree.panel import Panel


@pytest.fixture
def panel() -> Panel:
    return lone_panel()


def shown(panel: Panel) -> RangeSlider:
    (spec,) = panel.store.specs()
    assert isinstance(spec, RangeSlider)
    return spec


def test_it_begins_with_the_whole_range_or_its_default(panel: Panel) -> None:
    assert panel.range_slider("a", 2, 5) == (2.0, 5.0)
    assert panel.range_slider("b", 2, 5, default=(3, 4)) == (3.0, 4.0)
    assert panel.range_slider("c", 0, 1, default=(0.5, 0.5)) == (0.5, 0.5)
    assert {type(part) for part in panel.range_slider("b", 2, 5)} == {float}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"min": 1, "max": 0}, r"range_slider 'x': min must not be above max.*got 1\.\.0"),
        ({"max": math.inf}, r"range_slider 'x': max must be finite, not inf"),
        ({"log": True}, r"range_slider 'x': a logarithmic slider needs min > 0, not 0"),
        ({"step": -1}, r"range_slider 'x': step must be 0 or a size.*not -1"),
        ({"default": 0.5}, r"range_slider 'x': value must be two numbers such as \(0\.2, 0\.8\), not 0\.5"),
        ({"default": (0.5,)}, r"range_slider 'x': value must be two numbers such as"),
        ({"default": "ab"}, r"range_slider 'x': value must be two numbers such as .* not 'ab'"),
        ({"default": (0.8, 0.2)}, r"range_slider 'x': value must have its lower number first, not \(0\.8, 0\.2\)"),
        ({"default": (0.2, 1.5)}, r"range_slider 'x' takes 0\.\.1, not 1\.5"),
        ({"default": (0.2, math.nan)}, r"range_slider 'x': value must be finite, not nan"),
    ],
)
def test_arguments_that_make_no_control_raise_and_show_nothing(
    panel: Panel, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        panel.range_slider("x", **arguments)
    assert panel.store.specs() == ()


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("given", [[0.25, 0.5], np.array([0.25, 0.5]), torch.tensor([0.25, 0.5]), (0.24, 0.51)])
def test_the_program_sets_both_before_or_after_the_first_call(panel: Panel, before: bool, given: Any) -> None:
    if not before:
        panel.range_slider("x", step=0.25)
    panel.set("x", given)
    assert panel.range_slider("x", step=0.25) == (0.25, 0.5) == panel.get("x")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0.5, r"range_slider 'x' takes tuple, not 0\.5"),
        ((0.5,), r"range_slider 'x': value must be two numbers such as"),
        ((0.1, 0.2, 0.3), r"range_slider 'x': value must be two numbers such as"),
        ((0.9, 0.1), r"range_slider 'x': value must have its lower number first"),
        ((0.5, 2.0), r"range_slider 'x' takes 0\.\.1, not 2\.0"),
        ((math.nan, 1.0), r"range_slider 'x': value must be finite"),
    ],
)
def test_a_page_is_not_trusted_and_told_what_holds(panel: Panel, value: Any, message: str) -> None:
    panel.range_slider("x", default=(0.2, 0.4))
    with pytest.raises(ValueError, match=message):
        panel.store.apply("range_slider:x", value, "page", 3)
    assert panel.get("x") == (0.2, 0.4)
    assert (shown(panel).origin, shown(panel).revision) == ("page", 3)


def test_a_hand_sets_both_and_can_go_back_to_the_default(panel: Panel) -> None:
    panel.range_slider("x", 0, 10, default=(2, 4))
    panel.store.apply("range_slider:x", (3.0, 9.0), "page", 1)
    assert panel.range_slider("x", 0, 10, default=(2, 4)) == (3.0, 9.0)
    assert shown(panel).initial == (2.0, 4.0)


def test_values_follow_a_range_that_leaves_them_behind(panel: Panel) -> None:
    panel.range_slider("x", 0, 10, default=(2, 8))
    assert panel.range_slider("x", 0, 5, default=(2, 8)) == (2.0, 5.0)
    assert panel.range_slider("x", 6, 10, default=(2, 8)) == (6.0, 6.0)
    assert shown(panel).initial == (6.0, 8.0)


finite = st.floats(-1e6, 1e6)


@given(finite, finite, finite, finite, st.sampled_from([0.0, 0.1, 0.25, 3.0]))
def test_what_it_takes_stays_in_order_in_the_range_and_on_the_grid(
    end: float, other: float, one: float, two: float, step: float
) -> None:
    low, high = sorted((end, other))
    panel = lone_panel()
    panel.range_slider("x", low, high, step=step)
    values = tuple(sorted(min(max(value, low), high) for value in (one, two)))
    panel.store.apply("range_slider:x", values, "page", 1)
    lower, upper = panel.range_slider("x", low, high, step=step)
    assert low <= lower <= upper <= high
    panel.set("x", (lower, upper))
    assert panel.get("x") == (lower, upper)
    if step == 0:
        assert (lower, upper) == values


def test_a_logarithmic_one_takes_the_end_that_a_page_misses_by_rounding(panel: Panel) -> None:
    panel.range_slider("lr", 1e-5, 1e-2, log=True)
    panel.store.apply("range_slider:lr", (1e-4, 1e-2 * (1 + 1e-15)), "page", 1)
    assert panel.get("lr") == (1e-4, 1e-2)
