"""`view.probe` reads what a tensor holds at a texel, in all linked canvases, and records pinned texels."""

from __future__ import annotations

import math

import pytest
import torch

import vultorch_widget as vultorch
from vultorch_widget.replay import Outcome, encode
from vultorch_widget.replay.reader import read

TRUTH = torch.arange(12.0).reshape(3, 4) / 7


def two_canvases(**second: object) -> tuple[vultorch.View, vultorch.Canvas, vultorch.Canvas]:
    view = vultorch.View("probe", headless=True)
    truth = view.panel("truth").canvas("truth").bind(TRUTH.clone())
    prediction = view.panel("prediction").canvas("prediction").bind(second.get("tensor", torch.zeros(3, 4)))
    return view, truth, prediction


def test_a_texel_has_the_tensors_own_values() -> None:
    view = vultorch.View("probe", headless=True)
    tensor = torch.rand(5, 6, 3, dtype=torch.float64)
    canvas = view.panel("p").canvas("c").bind(tensor)
    texel = view.probe(canvas, 4, 2)
    assert texel.values == tuple(tensor[2, 4].tolist())
    assert (texel.canvas, texel.x, texel.y, texel.dtype) == ("p/c", 4, 2, torch.float64)


def test_a_texel_of_a_batch_says_which_picture_it_belongs_to() -> None:
    view = vultorch.View("probe", headless=True)
    batch = torch.rand(4, 3, 5, 6)
    canvas = view.panel("p").canvas("c").bind(batch, layout="NCHW", columns=2, gap=1)
    texel = view.probe(canvas, 7 + 2, 6 + 1)
    assert (texel.picture, texel.column, texel.row) == (3, 2, 1)
    assert texel.values == tuple(batch[3, :, 1, 2].tolist())
    with pytest.raises(ValueError, match=r"\(6, 1\) of canvas 'p/c' lies between the pictures"):
        view.probe(canvas, 6, 1)


def test_nan_and_integers_beyond_floats_stay_what_they_are() -> None:
    view = vultorch.View("probe", headless=True)
    canvas = view.panel("p").canvas("c").bind(torch.tensor([[math.nan, math.inf]], dtype=torch.bfloat16))
    assert math.isnan(view.probe(canvas, 0, 0).values[0])
    assert view.probe(canvas, 1, 0).values == (math.inf,)


@pytest.mark.parametrize(
    ("x", "y", "error", "match"),
    [
        (4, 0, ValueError, r"x of canvas 'truth/truth' must lie in 0\.\.3, not 4"),
        (0, -1, ValueError, r"y of canvas 'truth/truth' must lie in 0\.\.2, not -1"),
        (1.5, 0, TypeError, r"x must be an integer, not 1\.5; int\(\)"),
    ],
)
def test_a_texel_that_is_none_is_refused_by_name(x: int, y: int, error: type[Exception], match: str) -> None:
    view, truth, _ = two_canvases()
    with pytest.raises(error, match=match):
        view.probe(truth, x, y)


def test_a_canvas_without_tensor_and_one_of_another_view_are_refused() -> None:
    view, truth, _ = two_canvases()
    empty = view.panel("empty").canvas("c")
    with pytest.raises(RuntimeError, match="nothing is bound to canvas 'empty/c'"):
        view.probe(empty, 0, 0)
    with pytest.raises(ValueError, match="truth/truth is no canvas of this view"):
        vultorch.View("other", headless=True).probe(truth, 0, 0)


def test_a_pin_reads_all_canvases_of_that_size_and_their_differences() -> None:
    view, truth, _ = two_canvases(tensor=torch.full((3, 4), 9, dtype=torch.uint8))
    view.panel("other").canvas("size").bind(torch.zeros(30, 40))
    view.probe.pin(truth, 1, 2)
    (reading,) = view.probe.pinned
    assert [texel.canvas for texel in reading.texels] == ["truth/truth", "prediction/prediction"]
    assert reading.differences == {"prediction/prediction": (9 - TRUTH[2, 1].item(),)}
    view.probe.unpin()
    assert view.probe.pinned == ()


def test_a_canvas_without_link_is_read_alone() -> None:
    view, truth, prediction = two_canvases()
    prediction.link = None
    view.probe.pin(truth, 1, 2)
    (reading,) = view.probe.pinned
    assert [texel.canvas for texel in reading.texels] == ["truth/truth"]


def test_a_texel_is_pinned_once_and_at_most_eight_are() -> None:
    view, truth, prediction = two_canvases()
    view.probe.pin(truth, 1, 1)
    view.probe.pin(prediction, 1, 1)
    assert len(view.probe.pinned) == 1
    for x in range(4):
        for y in (0, 2):
            view.probe.pin(truth, x, y)
    texels = [(reading.x, reading.y) for reading in view.probe.pinned]
    assert len(texels) == 8
    assert (1, 1) not in texels  # the oldest made way


def test_a_pinned_texel_is_kept_with_its_steps_from_when_it_was_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vultorch_widget.pages.probing.LIFE_INTERVAL", 0.0)
    view, truth, prediction = two_canvases()
    while view.step():
        assert prediction.tensor is not None
        prediction.tensor.fill_(view.frame_count)
        view.log(loss=1.0)
        if view.frame_count == 2:
            view.probe.pin(truth, 3, 0)
        view.end_step()
        if view.frame_count == 6:
            break
    life = view.probe.life(prediction, 3, 0)
    assert life.steps.tolist() == [3, 4, 5, 6]
    assert life.values.tolist() == [[2.0], [3.0], [4.0], [5.0]]
    assert view.probe.life(truth, 3, 0).values[0, 0] == TRUTH[0, 3]
    with pytest.raises(ValueError, match=r"texel \(0, 0\) of canvas 'truth/truth' is not pinned; pinned: \(3, 0\)"):
        view.probe.life(truth, 0, 0)

    replay = read(encode(view._parts.offscreen.replay.document(Outcome("stopped"))))
    assert replay["pins"] == [{"canvas": "truth/truth", "x": 3, "y": 0}]
    saved = next(life for life in replay["lives"] if life["canvas"] == "prediction/prediction")
    assert (saved["steps"], saved["values"]) == ([3, 4, 5, 6], [2.0, 3.0, 4.0, 5.0])
