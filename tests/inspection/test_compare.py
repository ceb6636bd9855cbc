"""`View.compare`: what pages are told, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page


@pytest.fixture
def view() -> vultorch.View:
    view = vultorch.View("pair", headless=True)
    for name in "AB":
        view.panel(name).canvas("image").bind(torch.zeros(4, 6, 3))
    return view


def canvas(view: vultorch.View, name: str) -> vultorch.Canvas:
    return view.panel(name).canvas("image")


def test_pages_and_replays_are_told_what_to_compare(view: vultorch.View) -> None:
    page = Page(view).open()
    page.report()
    view.run(max_frames=1)
    assert page.scenes[-1]["compared"] == []
    view.compare(canvas(view, "A"), canvas(view, "B"), "difference", difference="signed", gain=4)
    view.run(max_frames=1)
    told = {"canvas": "A/image", "other": "B/image", "mode": "difference", "difference": "signed", "gain": 4.0}
    assert page.scenes[-1]["compared"] == [told]
    view.compare(canvas(view, "A"), None)
    view.run(max_frames=1)
    assert page.scenes[-1]["compared"] == []


def test_a_tensor_stands_for_its_canvas(view: vultorch.View) -> None:
    view.compare(canvas(view, "A").tensor, canvas(view, "B").tensor)  # type: ignore[arg-type]
    assert view._parts.tree.compared["A/image"].other == "B/image"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"mode": "blink"}, "mode must be one of 'side', 'wipe', 'flicker', 'difference', not 'blink'"),
        ({"difference": "cubic"}, "difference must be one of 'signed', 'absolute', 'squared', 'relative', not 'cubic'"),
        ({"gain": 0}, r"gain must be above 0, not 0\.0"),
        ({"gain": float("nan")}, "gain must be finite, not nan"),
    ],
)
def test_wrong_arguments_are_named(view: vultorch.View, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        view.compare(canvas(view, "A"), canvas(view, "B"), **arguments)


def test_a_difference_needs_pictures_of_one_size(view: vultorch.View) -> None:
    canvas(view, "B").bind(torch.zeros(8, 12, 3))
    view.compare(canvas(view, "A"), canvas(view, "B"), "wipe")
    with pytest.raises(ValueError, match="one size, not of 6 x 4 and 12 x 8 texels"):
        view.compare(canvas(view, "A"), canvas(view, "B"), "difference")


def test_a_canvas_is_not_compared_with_itself_nor_with_a_stranger(view: vultorch.View) -> None:
    with pytest.raises(ValueError, match="both a and b are 'image'"):
        view.compare(canvas(view, "A"), canvas(view, "A"))
    with pytest.raises(ValueError, match=r"no canvas of view 'pair' shows b, a tensor of shape \(2, 2\)"):
        view.compare(canvas(view, "A"), torch.zeros(2, 2))
