"""A tile that serves again while only values change, and what makes a new one."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

import vultorch_widget as vultorch
from vultorch_widget.render.plan import Tile
from vultorch_widget.tree.tiles import fingerprint, plan, plan_like_last


@pytest.fixture
def canvas() -> vultorch.Canvas:
    view = vultorch.View("tiles", headless=True)
    return view.panel("panel").canvas("picture").bind(torch.rand(8, 6, 3))


def planned(canvas: vultorch.Canvas, room: tuple[int, int] = (60, 80)) -> Tile | None:
    return plan_like_last(canvas, {canvas.id: room}, fingerprint(canvas, room))


def test_a_write_to_the_tensor_needs_no_new_tile(canvas: vultorch.Canvas) -> None:
    before, tensor = planned(canvas), canvas.tensor
    assert before is not None
    assert tensor is not None
    tensor.fill_(0.5)
    assert planned(canvas) is before
    assert torch.equal(before.source, tensor)
    canvas.bind(tensor)  # as loops do in every frame
    assert planned(canvas) is before


def _bind(canvas: vultorch.Canvas) -> None:
    canvas.bind(torch.rand(8, 6, 3))


def _resize(canvas: vultorch.Canvas) -> None:
    assert canvas.tensor is not None
    canvas.tensor.resize_(4, 6, 3)


def _hand(canvas: vultorch.Canvas) -> None:
    canvas.by_hand = replace(canvas.by_hand, exposure=1.0)


def _overlay(canvas: vultorch.Canvas) -> None:
    canvas.overlay(torch.ones(8, 6, dtype=torch.int64), labels=["road", "car"])


CHANGES: list[Callable[[vultorch.Canvas], object]] = [
    _bind,
    _resize,
    _hand,
    _overlay,
    lambda canvas: setattr(canvas, "gain", 2.0),
    lambda canvas: setattr(canvas, "filter", "nearest"),
    lambda canvas: setattr(canvas, "fit", "stretch"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_everything_else_does(canvas: vultorch.Canvas, change: Callable[[vultorch.Canvas], object]) -> None:
    before = planned(canvas)
    change(canvas)
    after = planned(canvas)
    assert after is not before
    wanted = plan(canvas, {canvas.id: (60, 80)})
    assert after is not None
    assert wanted is not None
    assert (after.width, after.height, after.filter, after.gain) == (
        wanted.width,
        wanted.height,
        wanted.filter,
        wanted.gain,
    )
    assert torch.equal(after.source, wanted.source)


def test_another_room_makes_another_tile(canvas: vultorch.Canvas) -> None:
    before = planned(canvas)
    after = planned(canvas, (3, 4))
    assert before is not None
    assert after is not None
    assert (after.width, after.height) == (3, 4) != (before.width, before.height)


def test_the_scale_of_a_normalised_picture_is_computed_anew(canvas: vultorch.Canvas) -> None:
    tensor = torch.rand(1, 8, 6, 3)
    canvas.bind(tensor, normalize="minmax")
    before = planned(canvas)
    tensor.mul_(2)
    after = planned(canvas)
    assert before is not None
    assert after is not None
    assert before.scaling is not None
    assert after.scaling is not None
    assert not torch.equal(before.scaling, after.scaling)


@pytest.mark.parametrize("to", [torch.zeros(2, 2, 3), None])
def test_a_tensor_that_is_no_longer_bound_is_let_go(canvas: vultorch.Canvas, to: torch.Tensor | None) -> None:
    tensor = torch.rand(8, 6, 3)
    canvas.bind(tensor)
    tile = planned(canvas)
    assert tile is not None
    kept = weakref.ref(tile.source)
    canvas.tensor = to
    del tensor, tile
    gc.collect()
    assert kept() is None
