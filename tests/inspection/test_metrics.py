"""The metrics of a pair: their numbers, when they are measured, and where they are shown."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from vultorch_widget.inspection.measuring import Measuring
from vultorch_widget.inspection.quality import FORMULAS, Values
from vultorch_widget.pictures.arrangement import PLAIN, Arrangement, arrangement

PUBLISHED = {
    (48, 64, 3): {"psnr": 15.007328, "ssim": 0.7006811, "mae": 0.08878634, "flip": 0.3107606},
    (33, 41, 1): {"psnr": 14.791386, "ssim": 0.6198596, "mae": 0.08968497, "flip": 0.2592881},
    (120, 90, 3): {"psnr": 14.726993, "ssim": 0.7365126, "mae": 0.09081485, "flip": 0.3012353},
}
"""The results of published implementations for `waves` and `dents`, by shape.

PSNR and SSIM: scikit-image 0.26.0, ``peak_signal_noise_ratio(data_range=1)`` and ``structural_similarity(data_range=1,
gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=-1)``, which are Wang's. FLIP: NVIDIA's
flip-evaluator 1.7, the mean of ``evaluate(reference, test, "LDR")`` with its defaults, grey as three equal channels.
MAE: NumPy 2.4.
"""
ALL = tuple(FORMULAS)


def waves(height: int, width: int, channels: int) -> torch.Tensor:
    y, x, k = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    return torch.from_numpy((0.5 + 0.5 * np.sin(0.11 * x * (1 + k) + 0.07 * y * (3 - k))).astype(np.float32))


def dents(height: int, width: int, channels: int) -> torch.Tensor:
    """`waves` with noise, less contrast, and an inverted square."""
    y, x, k = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    picture = 0.5 + 0.5 * np.sin(0.11 * x * (1 + k) + 0.07 * y * (3 - k))
    noise = ((x * 7919 + y * 104729 + k * 1299709) % 97) / 97 - 0.5
    picture = 0.9 * picture + 0.05 + 0.2 * noise
    square = np.s_[height // 4 : height // 2, width // 4 : width // 2]
    picture[square] = 1 - picture[square]
    return torch.from_numpy(np.clip(picture, 0, 1).astype(np.float32))


def number(name: str, prediction: torch.Tensor, target: torch.Tensor, arranged: Arrangement = PLAIN) -> float:
    return FORMULAS[name](*(Values(arranged.pictures(each)) for each in (prediction, target))).item()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("shape", PUBLISHED)
def test_a_metric_agrees_with_its_published_implementation(shape: tuple[int, int, int], name: str) -> None:
    assert number(name, dents(*shape), waves(*shape)) == pytest.approx(PUBLISHED[shape][name], abs=2e-6, rel=2e-6)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("rows", [1, 7, 20])
def test_a_large_picture_is_compared_in_bands_that_change_nothing(
    rows: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = number(name, dents(48, 64, 3), waves(48, 64, 3))
    monkeypatch.setattr("vultorch_widget.inspection.quality.BAND", 64 * rows)
    assert number(name, dents(48, 64, 3), waves(48, 64, 3)) == pytest.approx(whole, rel=1e-5)


@pytest.mark.parametrize("name", ALL)
def test_equal_pictures_are_equal(name: str) -> None:
    best = {"psnr": math.inf, "ssim": 1.0, "mae": 0.0, "flip": 0.0}
    assert number(name, waves(20, 30, 3), waves(20, 30, 3)) == pytest.approx(best[name], abs=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_of_a_batch_the_mean_over_its_pictures_is_taken(name: str) -> None:
    target = torch.stack([waves(24, 30, 3)] * 2)
    prediction = torch.stack([dents(24, 30, 3), 0.5 * waves(24, 30, 3)])
    singles = [number(name, prediction[i], target[i]) for i in range(2)]
    assert number(name, prediction, target) == pytest.approx(sum(singles) / 2, rel=1e-5)
    first = [each.permute(0, 3, 1, 2) for each in (prediction, target)]
    assert number(name, *first, arrangement("NCHW")) == pytest.approx(sum(singles) / 2, rel=1e-5)


@pytest.mark.parametrize("name", ALL)
def test_bytes_count_as_0_to_255_and_opacity_does_not_count(name: str) -> None:
    prediction, target = ((255 * each).round().to(torch.uint8) for each in (dents(24, 30, 3), waves(24, 30, 3)))
    expected = number(name, prediction.float() / 255, target.float() / 255)
    assert number(name, prediction, target) == pytest.approx(expected)
    clear, opaque = (torch.full((24, 30, 1), value, dtype=torch.uint8) for value in (0, 255))
    assert number(name, torch.cat([prediction, clear], 2), torch.cat([target, opaque], 2)) == pytest.approx(expected)


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
@pytest.mark.parametrize("name", ALL)
def test_one_value_that_is_not_finite_makes_the_number_nan(name: str, wrong: float) -> None:
    prediction = dents(24, 30, 3)
    prediction[12, 15, 1] = wrong
    assert math.isnan(number(name, prediction, waves(24, 30, 3)))


# --- in a view -------------------------------------------------------------------------------------------------------


class Pair:
    """A view with a prediction that a frame computes, and its target."""

    def __init__(self) -> None:
        self.view = vultorch.View("pair", headless=True)
        self.target, self.prediction = waves(24, 30, 3), torch.zeros(24, 30, 3)
        self.left = self.view.panel("Truth").canvas("image").bind(self.target)
        self.right = self.view.panel("Prediction").canvas("image").bind(self.prediction)

        @self.view.on_frame
        def frame() -> None:
            self.prediction.copy_(self.target * (1 - 1 / (1 + self.view.frame_count)))

    def shown(self) -> tuple[str, ...]:
        specs = self.view.panel("Prediction").store.specs()
        return next(spec.items for spec in specs if spec.kind == "measures")


@pytest.fixture
def pair() -> Pair:
    return Pair()


def test_a_view_shows_the_metrics_of_what_its_canvases_show(pair: Pair) -> None:
    assert pair.view.metrics(pair.right, pair.left) == {}
    pair.view.run(max_frames=3)
    expected = {name: pytest.approx(number(name, pair.prediction, pair.target)) for name in ALL}
    assert pair.view.metrics(pair.right, pair.left) == expected
    assert pair.shown()[0].startswith("PSNR ")
    assert pair.shown()[0].endswith(" dB")
    assert [item.split()[0] for item in pair.shown()[:-1]] == ["PSNR", "SSIM", "MAE", "FLIP"]
    assert pair.shown()[-1] == "at step 3"


def test_tensors_stand_for_the_canvases_that_show_them(pair: Pair) -> None:
    pair.view.metrics(pair.prediction, pair.target, "mae")
    pair.view.run(max_frames=2)
    assert pair.view.metrics(pair.right, pair.left, "mae").keys() == {"mae"}


def test_a_prediction_with_a_graph_is_found(pair: Pair) -> None:
    prediction = pair.target * torch.ones(1, requires_grad=True)
    pair.right.bind(prediction)
    assert pair.view.metrics(prediction, pair.target) == {}


def test_called_in_frames_like_a_control_it_leaves_with_the_calls(pair: Pair) -> None:
    calls = 0

    @pair.view.on_frame
    def frame() -> None:
        nonlocal calls
        if pair.view.frame_count < 2:
            pair.view.metrics(pair.right, pair.left, ["mae"])
            calls += 1

    pair.view.run(max_frames=2)
    assert calls == 2
    assert pair.shown() != ()


def test_metrics_go_to_the_chart_and_count_no_iterations(pair: Pair) -> None:
    pair.view.metrics(pair.right, pair.left, ["mae", "ssim"], log=True)
    pair.view.metrics(pair.left, pair.right, ["mae"], log="back:")
    pair.view.run(max_frames=1)
    metrics = pair.view._parts.metrics
    assert metrics.latest("mae") == pytest.approx(number("mae", pair.prediction, pair.target))
    assert metrics.latest("back: mae") == metrics.latest("mae")
    assert pair.view.iteration == 0
    pair.view.log(step=0, loss=1.0)  # the user's own steps are free


def test_a_scalar_of_the_views_own_never_goes_back(pair: Pair) -> None:
    metrics = pair.view._parts.metrics
    metrics.note({"mae": 0.5}, 40)
    pair.view.log(step=7, loss=1.0)
    metrics.note({"mae": 0.4}, 41)
    assert metrics.latest("mae") == 0.5
    pair.view.log(step=50, loss=1.0)
    metrics.note({"mae": 0.3}, 42)
    assert metrics.latest("mae") == pytest.approx(0.3)


def test_a_replay_has_the_metrics_of_its_key_frames(pair: Pair) -> None:
    pair.view.metrics(pair.right, pair.left, ["mae"])
    pair.view.run(max_frames=3)
    parts = pair.view._parts
    parts.offscreen.replay.finish(pair.view.frame_count, 1)
    from vultorch_widget.replay import Outcome, encode
    from vultorch_widget.replay.reader import read

    document = read(encode(parts.offscreen.replay.document(Outcome("stopped"))))
    panel = next(each for each in document["scene"]["panels"] if each["name"] == "Prediction")
    [control] = panel["controls"]
    changes = [change["value"] for change in document["controls"] if change["control"] == control["id"]]
    assert (changes[-1] if changes else control["items"]) == list(pair.shown())
    assert json.loads(encode(document))["version"] == 1


def test_at_rest_nothing_is_measured_and_nothing_is_sent(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.view.metrics(pair.right, pair.left)
    page = Page(pair.view).open()
    page.report()
    pair.view.run(max_frames=2)
    showing = pair.view._parts.showing
    showing.publish(resting=True)
    measured = []
    monkeypatch.setattr("vultorch_widget.inspection.pair_metrics.measure", lambda *call: measured.append(call))
    before = len(page.updates)
    for _ in range(100):
        showing.publish(resting=True)
    assert not measured
    assert not any(content["controls"] or content["series"] for content, _ in page.updates[before:])
    pair.view.close()


def test_a_write_that_torch_does_not_count_is_seen_after_invalidate(pair: Pair) -> None:
    pair.view.metrics(pair.right, pair.left, ["mae"])
    pair.view.run(max_frames=1)
    before = pair.shown()
    pair.prediction.numpy()[:] = 0.25
    pair.view.invalidate()
    pair.view.run(max_frames=1)
    assert pair.shown() != before


class Still:
    """A canvas whose tensor always counts as changed."""

    id = name = "still"
    arrangement = PLAIN

    def __init__(self) -> None:
        with torch.inference_mode():
            self.tensor = torch.zeros(16, 16, 3)

    def problem(self) -> str:
        return ""


def test_measuring_takes_a_small_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    measuring = Measuring(lambda values, step: None)
    pair = measuring.pair(Still(), Still())
    pair.names, pair.is_shown = ("mae",), lambda: True
    clock = {"now": 0.0, "spent": 0.0}
    took = 0.5
    monkeypatch.setattr("vultorch_widget.inspection.measuring.time.monotonic", lambda: clock["now"])
    monkeypatch.setattr("vultorch_widget.inspection.measuring.time.perf_counter", lambda: clock["now"])
    monkeypatch.setattr("vultorch_widget.inspection.measuring.time.thread_time", lambda: clock["now"])

    def measure(*call: object) -> torch.Tensor:
        clock["now"] += took
        clock["spent"] += took
        return torch.zeros(1)

    monkeypatch.setattr("vultorch_widget.inspection.pair_metrics.measure", measure)
    while clock["now"] < 1000:
        measuring.look(clock["now"], 0, resting=False, watched=True)
        clock["now"] += 0.01
    assert 0.01 * clock["now"] < clock["spent"] <= 0.022 * clock["now"]


# --- what cannot be compared -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["lpips"], "'lpips' is no metric; there are 'psnr', 'ssim', 'mae', 'flip'"),
        ([], r"each once, not \[\]"),
        (["mae", "mae"], "each once"),
        (3, "each once, not 3"),
    ],
)
def test_names_that_are_no_metrics_are_refused(pair: Pair, names: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        pair.view.metrics(pair.right, pair.left, names)  # type: ignore[arg-type]


def test_pictures_of_unequal_shape_are_refused_with_both_shapes(pair: Pair) -> None:
    pair.left.bind(torch.zeros(24, 31, 3))
    with pytest.raises(ValueError, match="30 x 24 texels with 3 channels, 'image' 31 x 24"):
        pair.view.metrics(pair.right, pair.left)


def test_labels_are_refused_with_their_dtype(pair: Pair) -> None:
    from vultorch_widget.inspection.pair_metrics import measurable

    masks = [Still(), Still()]
    for mask in masks:
        mask.tensor = torch.zeros(16, 16, dtype=torch.int64)
    with pytest.raises(ValueError, match="labels of dtype int64"):
        measurable(*masks, ("mae",))


def test_pictures_too_small_for_ssim_are_refused(pair: Pair) -> None:
    pair.left.bind(torch.zeros(10, 30, 3))
    pair.right.bind(torch.zeros(10, 30, 3))
    with pytest.raises(ValueError, match="ssim needs at least 11 x 11 texels; 'image' has 30 x 10"):
        pair.view.metrics(pair.right, pair.left)
    pair.view.metrics(pair.right, pair.left, ["psnr", "mae", "flip"])


def test_a_canvas_is_not_compared_with_itself(pair: Pair) -> None:
    with pytest.raises(ValueError, match="both prediction and target are 'image'"):
        pair.view.metrics(pair.right, pair.right)


def test_what_no_canvas_shows_is_refused(pair: Pair) -> None:
    with pytest.raises(ValueError, match=r"no canvas of view 'pair' shows target, a tensor of shape \(2, 2\)"):
        pair.view.metrics(pair.right, torch.zeros(2, 2))
    with pytest.raises(ValueError, match="target must be a canvas or a tensor that one shows, not str"):
        pair.view.metrics(pair.right, "Truth")  # type: ignore[arg-type]
    stranger = vultorch.View("other", headless=True).panel("p").canvas("c")
    with pytest.raises(ValueError, match="'c', is not of view 'pair'"):
        pair.view.metrics(stranger, pair.left)


def test_two_pairs_do_not_log_under_one_name(pair: Pair) -> None:
    pair.view.metrics(pair.right, pair.left, log=True)
    with pytest.raises(ValueError, match="another pair logs 'flip' already; pass log='a name'"):
        pair.view.metrics(pair.left, pair.right, log=True)


def test_pictures_that_change_their_shape_say_so_in_place_of_numbers(pair: Pair) -> None:
    pair.view.metrics(pair.right, pair.left)
    pair.left.bind(torch.zeros(4, 4, 3))
    pair.view.run(max_frames=1)
    [said] = pair.shown()
    assert "30 x 24 texels with 3 channels" in said
    pair.left.bind(pair.target)
    pair.view.run(max_frames=1)
    assert len(pair.shown()) == len(ALL) + 1


def test_a_normalised_picture_is_compared_as_it_is_shown(pair: Pair) -> None:
    mean, std = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)
    normalised = (dents(24, 30, 3) - torch.tensor(mean)) / torch.tensor(std)
    pair.view.on_frame(lambda: None)
    pair.right.bind(normalised, normalize=(mean, std))
    pair.view.metrics(pair.right, pair.left, ["mae"])
    pair.view.run(max_frames=1)
    expected = number("mae", dents(24, 30, 3), pair.target)
    assert pair.view.metrics(pair.right, pair.left, ["mae"])["mae"] == pytest.approx(expected, rel=1e-5)
