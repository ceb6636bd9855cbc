"""A tile that serves again while only values change, and what makes a new one."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

import vultorch_widget as vultorch
from vultorch_widget.pictures.jpeg import encode_jpeg
from vultorch_widget.pictures.picture_file import PictureFile
from vultorch_widget.render.plan import Tile
from vultorch_widget.tree.tiles import Planned, plan, plan_again

ROOM = (60, 80)


@pytest.fixture
def canvas() -> vultorch.Canvas:
    view = vultorch.View("tiles", headless=True)
    return view.panel("panel").canvas("picture").bind(torch.rand(8, 6, 3))


class Planner:
    """Plans as the pages do, from frame to frame."""

    def __init__(self, canvas: vultorch.Canvas) -> None:
        self.canvas = canvas
        self.last: Planned | None = None

    def __call__(self, room: tuple[int, int] = ROOM) -> Tile:
        tile, self.last = plan_again(self.canvas, {self.canvas.id: room}, self.canvas.fingerprint(room), self.last)
        assert tile is not None
        return tile


def same(one: Tile, other: Tile | None) -> bool:
    """Whether two tiles show the same memory in the same way."""
    assert other is not None
    alike = [
        getattr(one, name) == getattr(other, name)
        for name in Tile._fields
        if name not in ("source", "second", "scaling")
    ]
    a, b = one.source, other.source
    memory = (a.data_ptr(), a.shape, a.stride(), a.dtype, a.is_neg()) == (
        b.data_ptr(),
        b.shape,
        b.stride(),
        b.dtype,
        b.is_neg(),
    )
    return all(alike) and memory and (one.second is None) == (other.second is None)


def test_a_write_to_the_tensor_needs_no_new_plan(canvas: vultorch.Canvas) -> None:
    planner = Planner(canvas)
    planner()
    kept, tensor = planner.last, canvas.tensor
    assert kept is not None
    assert tensor is not None
    tensor.fill_(0.5)
    assert same(planner(), plan(canvas, {canvas.id: ROOM}))
    canvas.bind(tensor)  # as loops do in every frame
    assert same(planner(), plan(canvas, {canvas.id: ROOM}))
    assert planner.last is kept


def _hide(canvas: vultorch.Canvas) -> None:
    labels = canvas.bind(torch.zeros(8, 6, dtype=torch.int64), labels=["road", "car"]).labels
    assert labels is not None
    labels.hidden = ["road"]


def _data(canvas: vultorch.Canvas) -> None:
    assert canvas.tensor is not None
    canvas.tensor.data = torch.rand(8, 6, 3)


def _freed(canvas: vultorch.Canvas) -> None:
    tensor = canvas.tensor
    assert tensor is not None
    tensor.untyped_storage().resize_(0)
    tensor.data = torch.rand(8, 6, 3)


def _negated(canvas: vultorch.Canvas) -> None:
    values = torch.randn(8, 6, 3, dtype=torch.complex64)
    tensor = values.imag
    canvas.bind(tensor)
    planner = Planner(canvas)
    planner()
    tensor.data = values.conj().imag  # the same memory
    assert planner().source.is_neg()


CHANGES: list[Callable[[vultorch.Canvas], object]] = [
    lambda canvas: canvas.bind(torch.rand(8, 6, 3)),
    lambda canvas: canvas.bind(torch.rand(3, 8, 6), layout="CHW"),
    lambda canvas: canvas.bind(torch.rand(5, 8, 6, 3), columns=2, gap=3),
    lambda canvas: canvas.bind(torch.rand(8, 6)),
    lambda canvas: canvas.tensor is not None and canvas.tensor.resize_(4, 6, 3),
    lambda canvas: canvas.tensor is not None and canvas.tensor.set_(torch.rand(8, 6, 3)),
    _data,
    _freed,
    _negated,
    _hide,
    lambda canvas: canvas.overlay(torch.ones(8, 6, dtype=torch.int64), labels=["road", "car"]),
    lambda canvas: setattr(canvas, "by_hand", replace(canvas.by_hand, exposure=1.0)),
    lambda canvas: setattr(canvas, "gain", 2.0),
    lambda canvas: setattr(canvas, "offset", 0.5),
    lambda canvas: setattr(canvas, "color", "linear"),
    lambda canvas: setattr(canvas, "channels", "r"),
    lambda canvas: setattr(canvas, "colormap", "viridis"),
    lambda canvas: setattr(canvas, "filter", "nearest"),
    lambda canvas: setattr(canvas, "fit", "stretch"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_after_any_change_the_tile_is_the_one_that_planning_makes(
    canvas: vultorch.Canvas, change: Callable[[vultorch.Canvas], object]
) -> None:
    planner = Planner(canvas)
    planner()
    change(canvas)
    for _ in range(2):
        assert same(planner(), plan(canvas, {canvas.id: ROOM}))


def test_another_room_makes_another_tile(canvas: vultorch.Canvas) -> None:
    planner = Planner(canvas)
    before, after = planner(), planner((3, 4))
    assert (after.width, after.height) == (3, 4) != (before.width, before.height)


def test_the_scale_of_a_normalised_picture_is_computed_anew(canvas: vultorch.Canvas) -> None:
    tensor = torch.rand(1, 8, 6, 3)
    canvas.bind(tensor, normalize="minmax")
    planner = Planner(canvas)
    before = planner().scaling
    tensor.mul_(2)
    after = planner().scaling
    assert before is not None
    assert after is not None
    assert not torch.equal(before, after)


def test_a_file_that_comes_again_after_another_is_decoded_again(canvas: vultorch.Canvas) -> None:
    def file(level: int) -> PictureFile:
        data = encode_jpeg(np.full((16, 16, 3), level, np.uint8), 90)
        return PictureFile(data=data, format="jpeg", width=16, height=16)

    planner = Planner(canvas)
    for level in (10, 200, 10):
        canvas.receive(file(level))
        if level == 200:
            assert canvas.tensor is not None  # decodes it, as a program may
        else:
            assert int(planner().source[0, 0, 0]) == pytest.approx(level, abs=2)


def test_what_is_kept_holds_no_tensor(canvas: vultorch.Canvas) -> None:
    tensor = torch.rand(8, 6, 3)
    canvas.bind(tensor)
    planner = Planner(canvas)
    tile = planner()
    kept = weakref.ref(tile.source)
    canvas.tensor = None
    del tensor, tile
    gc.collect()
    assert planner.last is not None
    assert kept() is None
