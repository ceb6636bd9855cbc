"""`fit_image`: the training in a view, driven as a script drives it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from tests.export.notebooks import kept_of
from vultorch_widget.api.fit_image import FitView, fit_image
from vultorch_widget.protocol.controls import Combo, Slider, SliderInt
from vultorch_widget.training import ImageFit
from vultorch_widget.training.encodings import Encoding


def small_view(**options: Any) -> FitView:
    picture = torch.linspace(0, 1, 20 * 30 * 3).reshape(20, 30, 3)
    return fit_image(picture, **{"headless": True, "device": "cpu", "width": 16} | options)


def parameters(fit: ImageFit) -> torch.Tensor:
    return nn.utils.parameters_to_vector(fit.model.parameters()).detach().clone()


def texts(view: FitView) -> list[str]:
    return [control.text for control in view.panel("Training").store.specs() if control.kind == "text"]


def test_it_is_ready_and_not_started() -> None:
    view = small_view()
    assert view.state == "idle"
    assert view.fit.iteration == 0
    assert list(view._parts.tree.panels) == ["Training", "GT", "Training Output"]
    sliders = {spec.label: spec for spec in view.panel("Training").store.specs()}
    lr, steps, width = sliders["learning rate"], sliders["steps per frame"], sliders["hidden width"]
    assert isinstance(lr, Slider)
    assert (lr.min, lr.max, lr.log, lr.value) == (1e-5, 1e-1, True, 2e-3)
    assert isinstance(steps, SliderInt)
    assert (steps.min, steps.max, steps.value) == (1, 50, 6)
    assert isinstance(width, Combo)
    assert width.items == ("16", "32", "64", "128", "256")
    assert width.items[width.value] == "16"


def test_a_frame_trains_logs_and_paints() -> None:
    view = small_view(steps_per_frame=4)
    gt, output = view.panel("GT").canvas("gt").tensor, view.panel("Training Output").canvas("prediction").tensor
    assert gt is not None
    assert output is not None
    assert torch.equal(gt, view.fit.target)
    view.run(max_frames=5)
    assert view.fit.iteration == view.iteration == 20
    assert torch.equal(output[..., :3], view.fit.predict())
    assert bool((output[..., 3] == 1).all())
    assert texts(view)[0] == "step 20"
    assert texts(view)[1].startswith("PSNR ")


def test_the_view_does_not_change_what_is_learned() -> None:
    view = small_view(seed=5)
    view.run(max_frames=6)
    alone = ImageFit(view.fit.target, width=16, seed=5)
    alone.step(36)
    assert torch.equal(parameters(view.fit), parameters(alone))


def test_the_controls_act_on_the_next_frame() -> None:
    view = small_view()
    view.run(max_frames=1)
    panel = view.panel("Training")
    panel.set("learning rate", 0.05)
    panel.set("steps per frame", 9)
    view.run(max_frames=1)
    assert view.fit.lr == 0.05
    assert view.fit.optimizer.param_groups[0]["lr"] == 0.05
    assert view.fit.iteration == 6 + 9


def test_another_width_starts_over_and_the_chart_goes_on() -> None:
    view = small_view()
    view.run(max_frames=2)
    view.panel("Training").set("hidden width", "128")
    view.run(max_frames=1)
    assert view.fit.width == 128
    assert view.fit.iteration == 6
    assert view.iteration == 18


def test_a_frame_that_changes_to_a_slower_width_takes_no_more_steps_than_that_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vultorch_widget.api.fit_image._most_steps", lambda fit: 50 if fit.width == 16 else 7)
    view = small_view()
    view.panel("Training").set("steps per frame", 50)
    view.panel("Training").set("hidden width", "128")
    view.run(max_frames=1)
    assert view.fit.iteration == 7


def test_a_width_that_is_not_on_the_list_joins_it() -> None:
    view = small_view(width=48)
    view.run(max_frames=1)
    (width,) = (spec for spec in view.panel("Training").store.specs() if isinstance(spec, Combo))
    assert width.items == ("16", "32", "48", "64", "128", "256")
    assert width.value == 2
    assert view.fit.width == 48


def test_reset_starts_over_and_empties_the_chart() -> None:
    view = small_view()
    first = parameters(view.fit)
    before = view.panel("Training Output").canvas("prediction").tensor.clone()
    view.run(max_frames=3)
    view._parts.session.reset()
    assert torch.equal(parameters(view.fit), first)
    assert torch.equal(view.panel("Training Output").canvas("prediction").tensor, before)
    assert (view.fit.iteration, view.iteration) == (0, 0)
    view.run(max_frames=1)
    assert view.iteration == 6


def test_any_source_is_taken_and_bounded(tmp_path: Path) -> None:
    array = np.zeros((40, 80, 4), np.uint8)
    Image.fromarray(array).save(tmp_path / "clear.png")
    view = fit_image(tmp_path / "clear.png", size=20, headless=True, device="cpu")
    assert view.title == "Learning clear.png"
    assert view.fit.target.shape == (10, 20, 3)
    assert bool((view.fit.target == 1).all())  # completely transparent, so white
    view = fit_image(array[..., 0], size=None, headless=True, device="cpu", title="gray")
    assert view.title == "gray"
    assert view.fit.target.shape == (40, 80, 3)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"lr": 1.0}, r"1e-05\.\.0\.1, not 1\.0"),
        ({"lr": 0.0}, r"not 0\.0"),
        ({"steps_per_frame": 0}, r"1\.\.50, not 0"),
        ({"steps_per_frame": 51}, "not 51"),
        ({"steps_per_frame": 2.5}, r"steps_per_frame must be a whole number in 1\.\.50, not 2\.5"),
        ({"lr": "0.1"}, "fit_image: lr must be a number, not '0.1'"),
        ({"lr": float("nan")}, "fit_image: lr must be finite, not nan"),
        ({"size": 2.5}, r"size must be the longer side, or \(height, width\), .* not 2\.5"),
        ({"width": 0}, "not 0"),
        ({"size": 0}, "not 0"),
        ({"max_fps": 0}, "not 0"),
        ({"encoding": "nerf"}, "encoding must be None, 'fourier' or 'hash', not 'nerf'"),
    ],
)
def test_values_out_of_range_are_named(options: dict[str, Any], named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "max_fps" not in options:  # a new view closes the one with the same title
        monkeypatch.setattr("vultorch_widget.api.fit_image.FitView", None)
    with pytest.raises(ValueError, match=named):
        small_view(**options)


def test_numbers_of_numpy_and_torch_are_numbers() -> None:
    for lr in (np.float32(0.1), torch.tensor(0.1), np.float32(1e-5)):
        view = small_view(lr=lr, steps_per_frame=np.int64(2))
        view.run(max_frames=2)
        assert view.fit.iteration == 4
        assert view.fit.lr == pytest.approx(float(lr))
        view.close()


# --- encodings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "summary", "lr"),
    [("fourier", "128 Fourier features", 2e-3), ("hash", "hash grid of 8,192 numbers", 1e-2)],
)
def test_an_encoding_is_named_in_the_panel(encoding: Encoding, summary: str, lr: float) -> None:
    view = small_view(encoding=encoding)
    view.run(max_frames=2)
    alone = ImageFit(view.fit.target, width=16, seed=0, encoding=encoding)
    alone.step(12)
    assert torch.equal(parameters(view.fit), parameters(alone))
    assert texts(view)[2] == summary
    assert view.fit.lr == lr
    (rate,) = (spec for spec in view.panel("Training").store.specs() if isinstance(spec, Slider))
    assert rate.value == lr


def test_a_rewound_view_with_a_hash_grid_goes_on_bit_for_bit() -> None:
    view = small_view(encoding="hash")
    view.checkpoint(view.fit)
    view.run(max_frames=3)
    there = view.iteration
    view.run(max_frames=3)
    end = parameters(view.fit)
    view.rewind(there)
    assert view.fit.iteration == there
    view.run(max_frames=3)
    assert torch.equal(parameters(view.fit), end)


def test_pages_go_on_with_fourier_features_and_replay_a_hash_grid() -> None:
    views: dict[str, FitView] = {each: small_view(encoding=each, title=each) for each in ("fourier", "hash")}
    for view in views.values():
        view.run(max_frames=3)
    fourier, hashed = (json.loads(kept_of(view)[1]) for view in views.values())
    assert views["fourier"].continue_reason == ""
    assert fourier["training"]["features"]["kinds"] == ["cos"] * 64 + ["sin"] * 64
    assert "HashGrid" in views["hash"].continue_reason
    assert hashed["training"] is None
    assert hashed["frames"]


def test_a_picture_too_large_for_a_page_is_fitted_all_the_same() -> None:
    view = fit_image(torch.rand(1200, 700, 3), size=None, headless=True, device="cpu", width=1)
    assert view.fit.target.shape == (1200, 700, 3)
    assert "bytes in a page" in view.continue_reason
    assert small_view().continue_reason == ""


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_without_cuda_it_says_what_to_pass() -> None:
    with pytest.raises(RuntimeError, match=r"fit_image: torch has no CUDA here.*pass device='cpu'"):
        small_view(device="cuda")
    with pytest.raises(RuntimeError, match=r"ImageFit: torch has no CUDA here.*pass device='cpu'"):
        ImageFit(torch.rand(4, 4, 3), device="cuda")
