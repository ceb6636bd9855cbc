"""What a canvas says about itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

import vultorch_widget as vultorch

CHANGES: dict[str, Callable[[vultorch.Canvas], object]] = {
    "another tensor": lambda canvas: canvas.bind(torch.zeros(5, 4, 3)),
    "another dtype": lambda canvas: canvas.bind(torch.zeros(4, 4, 3, dtype=torch.float64)),
    "nothing bound": lambda canvas: setattr(canvas, "tensor", None),
    "a resize": lambda canvas: canvas.tensor.resize_(2, 2, 4),
    "a resize to what cannot be shown": lambda canvas: canvas.tensor.resize_(2, 2, 5),
    "the filter": lambda canvas: setattr(canvas, "filter", "nearest"),
    "the fit": lambda canvas: setattr(canvas, "fit", "stretch"),
    "a pointer": lambda canvas: canvas.on_pointer(print),
    "a wheel": lambda canvas: canvas.on_pointer(wheel=True)(print),
}


@pytest.mark.parametrize("change", CHANGES)
def test_its_look_changes_with_its_description(change: str) -> None:
    view = vultorch.View("canvas", headless=True)
    canvas = view.panel("p").canvas("c").bind(torch.zeros(4, 4, 3))
    before = canvas.spec(), canvas.look()
    assert (canvas.spec(), canvas.look()) == before
    CHANGES[change](canvas)
    assert canvas.spec() != before[0]
    assert canvas.look() != before[1]
    view.close()


def test_a_problem_is_told_as_soon_as_it_comes_in_place_and_no_longer_than_it_lasts() -> None:
    view = vultorch.View("canvas", headless=True)
    tensor, mask = torch.zeros(4, 4, 3), torch.zeros(4, 4, dtype=torch.uint8)
    canvas = view.panel("p").canvas("c").bind(tensor)
    canvas.overlay(mask)
    assert canvas.problem() == ""
    tensor.resize_(4, 4, 5)
    assert "(4, 4, 5)" in canvas.problem()
    tensor.resize_(4, 4, 3)
    assert canvas.problem() == ""
    mask.resize_(2, 4)
    assert "4 x 2 texels" in canvas.problem()
    mask.resize_(4, 4)
    assert canvas.problem() == ""
    tensor.untyped_storage().resize_(0)
    assert "freed or shrunk" in canvas.problem()
    tensor.untyped_storage().resize_(4 * 4 * 3 * 4)
    assert canvas.problem() == ""
    tensor.untyped_storage().resize_(4 * 4 * 3 * 4 - 4)
    tensor.set_(tensor.untyped_storage(), 0, (1, 4, 3))  # which needs less
    canvas.overlay(None)
    assert canvas.problem() == ""
    canvas.bind(torch.zeros(4, 4, 3)).overlay(mask)
    assert canvas.problem() == ""
    view.close()


def test_writing_the_tensor_changes_neither() -> None:
    view = vultorch.View("canvas", headless=True)
    canvas = view.panel("p").canvas("c").bind(torch.zeros(4, 4, 3))
    before = canvas.spec(), canvas.look()
    canvas.tensor.fill_(1)
    assert (canvas.spec(), canvas.look()) == before
    view.close()
