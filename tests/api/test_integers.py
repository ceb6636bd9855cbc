"""Arguments that are integers may be those of NumPy and torch, as loops over arrays and tensors have them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.replay.runs import replay_of
from vultorch_widget.replay.reader import read
from vultorch_widget.training.fourier import FourierFeatures
from vultorch_widget.training.image_fit import ImageFit

KINDS: list[Callable[[int], Any]] = [np.int64, np.uint8, torch.tensor, np.array]


@pytest.fixture(params=KINDS, ids=["int64", "uint8", "tensor", "array"])
def kind(request: pytest.FixtureRequest) -> Callable[[int], Any]:
    """Makes an integer of another library."""
    return request.param


@pytest.fixture
def view(kind: Callable[[int], Any]) -> Iterator[vultorch.View]:
    view = vultorch.View("Integers", kind(200), kind(100), headless=True, quality=kind(90), replay_frames=kind(12))

    @view.on_frame
    def frame() -> None:
        panel = view.panel("p")
        lr = panel.slider("lr", 0.0, 1.0, default=0.5)
        panel.slider_int("steps", kind(1), kind(9), default=kind(2))
        panel.combo("kind", ["a", "b"], default=kind(1))
        panel.input_text("name", max_length=kind(8))
        panel.file_dialog("file", max_bytes=kind(100))
        view.log(kind(view.frame_count + 1), loss=lr)

    yield view
    view.close()


def test_a_view_is_shown_and_kept_with_them(view: vultorch.View, kind: Callable[[int], Any]) -> None:
    page = Page(view).open()
    canvas = view.panel("p").canvas("c")
    canvas.bind(torch.zeros(4, 3, 8, 8), layout="NCHW", columns=kind(2), gap=kind(1))
    view.panel("q").canvas("labels").bind(torch.zeros(4, 4, dtype=torch.long), labels=kind(3), ignore=kind(2))
    view.panel("r").canvas("own").alloc(kind(4), kind(6), kind(3), "cpu")
    view.alarm("loss", plateau=kind(50))
    view.run(max_frames=kind(3))
    view.note("here", step=kind(2))
    json.dumps(page.scenes)
    json.dumps([content for content, _ in page.updates])
    document = replay_of(view)
    assert read(json.dumps(document)) == document
    assert (document["scene"]["width"], document["scene"]["height"]) == (200, 100)


def test_it_goes_back_and_explores_with_them(view: vultorch.View, kind: Callable[[int], Any]) -> None:
    view.checkpoint({"nothing": 0})
    view.run(max_frames=6)
    assert view.rewind(kind(4)) == 4
    futures = view.explore({"lr": [0.25, 0.75]}, steps=kind(2))
    assert [future.steps for future in futures] == [2, 2]
    assert futures.keep(kind(1)) == 6


def test_loops_and_trainings_take_them(view: vultorch.View, kind: Callable[[int], Any]) -> None:
    assert list(view.loop([1, 2], epochs=kind(2), every=kind(1))) == [1, 2, 1, 2]
    fit = ImageFit(torch.rand(6, 6, 3), width=kind(4), seed=kind(0))
    fit.step(kind(2))
    assert (fit.iteration, fit.width) == (2, 4)
    assert FourierFeatures(kind(3)).features == 6


@pytest.mark.parametrize("wrong", [True, 2.0, "2", None, [2], torch.tensor(True), torch.tensor([1, 2])])
def test_what_is_no_integer_is_refused_and_named(wrong: Any) -> None:
    view = vultorch.View("Integers", headless=True)
    view.on_frame(lambda: None)
    view.checkpoint({"nothing": 0})
    for call, what in (
        (lambda: view.explore({}, steps=wrong), "steps"),
        (lambda: view.loop([], epochs=wrong), "epochs"),
        (lambda: vultorch.View("Wrong", wrong, 100, headless=True), "width and height"),
    ):
        with pytest.raises(ValueError, match=f"{what} must be"):
            call()
    view.close()
