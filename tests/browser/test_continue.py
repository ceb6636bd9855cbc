"""Exported pages in which the training continues, opened from a file."""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Locator, expect
from torch import nn

import vultorch_widget as vultorch
from tests.export.notebooks import code, kept_of, notebook, shown, text_of
from vultorch_widget.export.page import page
from vultorch_widget.training.coordinates import coordinates
from vultorch_widget.training.emblem import emblem

from .reader import Reader, continuing, reading, step_of

pytestmark = pytest.mark.browser


@cache
def trained() -> tuple[str, str]:
    """What is kept of a fit of 20 frames."""
    view = vultorch.fit_image(np.array(emblem(32)), width=16, headless=True)
    view.run(max_frames=20)
    return kept_of(view)


PLACES = coordinates(12, 20)
LABELS = {"sea": (1, 2, 250), "sand": (250, 240, 3), "wood": (4, 90, 5), "snow": (240, 241, 242)}


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return values + self.second(torch.nn.functional.silu(self.first(values)))


class Waves(nn.Module):
    def forward(self, places: torch.Tensor) -> torch.Tensor:
        turned = places @ torch.tensor([[3.0, -1.0], [0.0, 5.0]])
        return torch.cat([places, turned.sin(), turned.cos()], dim=1)


def network(outputs: int) -> nn.Sequential:
    """Fourier features, a residual block, and this many numbers per sample."""
    torch.manual_seed(1)
    return nn.Sequential(Waves(), nn.Linear(6, 10), Block(10), nn.Tanh(), nn.Linear(10, outputs))


def loop(model: nn.Module, shown: torch.Tensor, target: torch.Tensor, **options: Any) -> tuple[str, str]:
    """What is kept of a training with a learning rate of 0, which never changes. Its canvas shows ``shown``."""
    view = vultorch.View("Loop", 500, 300, headless=True)
    canvas = view.panel("Out").canvas("out", filter="nearest")
    canvas.bind(shown, labels=LABELS if shown.dtype == torch.int64 else None)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    view.continue_in_page(model, PLACES, target, optimizer=optimizer, output=canvas, **options)
    view.on_frame(lambda: view.log(loss=1.0))
    view.run(max_frames=2)
    return kept_of(view)


def paints(reader: Reader, view: int, wanted: torch.Tensor) -> bool:
    """Whether the picture of that view is ``wanted`` (height, width, 3) in 0..255."""
    found = torch.from_numpy(reader.pixels(view)[..., :3].astype(np.float32))
    texels = nn.functional.interpolate(found.permute(2, 0, 1)[None], wanted.shape[:2], mode="nearest-exact")
    return bool(((texels[0].permute(1, 2, 0) - wanted).abs() <= 1).all())


def damaged() -> tuple[str, str]:
    poster, text = trained()
    document = json.loads(text)
    weights = document["training"]["weights"][-1]
    weights["parameters"] = "!" * len(weights["parameters"])
    return poster, json.dumps(document)


def diverging() -> tuple[str, str]:
    """The same with SGD, no sigmoid, and weights so large that the loss soon diverges unless the rate is tiny."""
    poster, text = trained()
    document: dict[str, Any] = json.loads(text)
    training = document["training"]
    training["layers"] = training["layers"][:-1]
    for layer in training["layers"]:
        if layer["kind"] == "relu":
            layer |= {"kind": "leaky_relu", "scale": 1.0}  # if a ReLU dies, its weights stop growing
    training["optimizer"] |= {"kind": "sgd"}
    for weights in training["weights"]:
        parameters = 10 * np.frombuffer(base64.b64decode(weights["parameters"]), "<f4")
        weights |= {"moments": "", "lr": 0.1, "parameters": base64.b64encode(parameters.tobytes()).decode()}
    return poster, json.dumps(document)


def written(folder: Path, *models: tuple[str, str]) -> Path:
    names = [f"view{i}" for i in range(len(models))]
    cells = [code("view", shown(name)) for name in names]
    node = notebook("# A fit", *cells, models=dict(zip(names, models, strict=True)))
    path = folder / "fit.html"
    path.write_text(page(node, text_of(node), name="fit", folder=None), encoding="utf-8")
    return path


def go_on(reader: Reader) -> None:
    """Starts the first view on the page that has not started yet."""
    reader.page.get_by_role("button", name="Continue", exact=True).first.click()


def trains_on(reader: Reader, *said: str) -> Locator:
    """Goes on with the page's only view until it has trained and its bar says all of ``said``. Returns the bar."""
    reader.wait_for_step(120)
    go_on(reader)
    bar = continuing(reader.page)
    for text in said:
        expect(bar.get_by_text(text)).to_be_visible()
    reader.wait_until(lambda: step_of(bar) > 126)
    return bar


def begins_again(reader: Reader, bar: Locator) -> None:
    """Waits until a training has diverged, lowers its rate by hand, and resets it."""
    expect(bar.get_by_text("Lower the learning rate, then press Reset")).to_be_visible()
    rate = bar.get_by_role("slider", name="learning rate")
    rate.focus()
    rate.press("Home")
    bar.get_by_role("button", name="Reset").click()
    reader.wait_until(lambda: step_of(bar) > 130)


def test_a_reader_trains_on_and_goes_back_to_the_replay(browser: Browser, tmp_path: Path) -> None:
    with reading(browser, written(tmp_path, trained())) as reader:
        reader.wait_for_step(120)
        recorded = reader.pixels(1)
        go_on(reader)
        bar = continuing(reader.page)
        expect(bar.get_by_text("Trained in this page by WebAssembly")).to_be_visible()
        reader.wait_until(lambda: step_of(bar) > 126 and bool((reader.pixels(1) != recorded).any()))
        expect(reader.page.locator(".vw-readout")).to_contain_text("in this page/loss")
        bar.get_by_role("button", name="Pause").click()
        bar.get_by_role("button", name="Back to the replay").click()
        reader.wait_until(lambda: bool((reader.pixels(1) == recorded).all()))
        expect(continuing(reader.page)).to_have_count(0)
        expect(reader.page.locator(".vw-readout")).not_to_contain_text("in this page")
        assert reader.step == 120
        assert reader.problems == []


def test_several_workers_train_together_stand_still_when_paused_and_end_with_the_view(
    browser: Browser, tmp_path: Path
) -> None:
    with reading(browser, written(tmp_path, trained(), trained()), query="workers=3") as reader:
        reader.wait_for_step(120)
        recorded = reader.pixels(1)
        bar, other = continuing(reader.page).first, continuing(reader.page).nth(1)
        go_on(reader)
        expect(bar.get_by_text("Trained in this page by WebAssembly")).to_contain_text("on 3 workers")
        expect(bar.get_by_text("gave up")).to_have_count(0)
        reader.wait_until(lambda: step_of(bar) > 126 and bool((reader.pixels(1) != recorded).any()))
        go_on(reader)
        reader.wait_until(lambda: step_of(other) > 126)
        assert len(reader.page.workers) == 6
        other.get_by_role("button", name="Back to the replay").click()
        reader.wait_until(lambda: len(reader.page.workers) == 3)
        bar.get_by_role("button", name="Pause").click()
        bar.get_by_role("button", name="Reset").click()
        reader.wait_until(lambda: step_of(bar) > 126)
        bar.get_by_role("button", name="Back to the replay").click()
        reader.wait_until(lambda: len(reader.page.workers) == 0)
        assert reader.problems == []


def test_a_worker_that_dies_is_said_and_the_others_go_on(browser: Browser, tmp_path: Path) -> None:
    with reading(browser, written(tmp_path, trained()), query="workers=3") as reader:
        bar = trains_on(reader, "on 3 workers")
        at = step_of(bar)
        said = bar.get_by_text("Trained in this page by")
        for left, words in ((2, "on 2 workers. A worker gave up"), (1, "(SIMD, fused). 2 workers gave up")):
            reader.page.workers[-1].evaluate("setTimeout(() => { throw new Error('it is killed') })")
            expect(said).to_contain_text(words)
            reader.wait_until(lambda left=left: len(reader.page.workers) == left)  # type: ignore[misc]
        reader.wait_until(lambda: step_of(bar) > at + 12)
        bar.get_by_role("button", name="Reset").click()
        expect(bar.get_by_text("on 3 workers")).to_be_visible()
        reader.wait_until(lambda: step_of(bar) > 126)


def test_two_views_of_a_page_train_apart_and_one_that_fails_begins_again(browser: Browser, tmp_path: Path) -> None:
    with reading(browser, written(tmp_path, trained(), diverging())) as reader:
        reader.wait_for_step(120)
        first, second = continuing(reader.page).first, continuing(reader.page).nth(1)
        go_on(reader)
        expect(first).to_be_visible()
        go_on(reader)
        begins_again(reader, second)
        at = step_of(first)
        reader.wait_until(lambda: step_of(first) > at)
        second.get_by_role("button", name="Back to the replay").click()
        at = step_of(first)
        reader.wait_until(lambda: step_of(first) > at)
        assert reader.problems == []


def test_residual_blocks_fourier_features_and_classes_train_on_as_torch_has_them(
    browser: Browser, tmp_path: Path
) -> None:
    field, classifier = nn.Sequential(*network(3), nn.Sigmoid()), network(len(LABELS))
    classes = (torch.arange(len(PLACES)) // 7) % len(LABELS)
    with torch.no_grad():
        colors, scores = field(PLACES), classifier(PLACES)
    views = [
        loop(field, torch.zeros(12, 20, 3), torch.zeros(len(PLACES), 3)),
        loop(classifier, torch.zeros(12, 20, dtype=torch.int64), classes, loss="cross_entropy"),
    ]
    pictures = [255 * colors, torch.tensor(list(LABELS.values()))[scores.argmax(1)].float()]
    losses = [(colors**2).mean(), nn.functional.cross_entropy(scores, classes)]
    with reading(browser, written(tmp_path, *views)) as reader:
        reader.wait_for_step(2)
        for view, (picture, loss) in enumerate(zip(pictures, losses, strict=True)):
            go_on(reader)
            bar = continuing(reader.page).nth(view)
            expect(bar.locator(".vw-where")).to_contain_text(f"loss {float(loss):.4g}")
            wanted = picture.reshape(12, 20, 3)
            reader.wait_until(lambda view=view, wanted=wanted: paints(reader, view, wanted))  # type: ignore[misc]
            bar.get_by_role("button", name="Pause").click()
        assert reader.problems == []


def test_damaged_weights_are_said_and_the_replay_plays(browser: Browser, tmp_path: Path) -> None:
    with reading(browser, written(tmp_path, damaged())) as reader:
        reader.wait_for_step(120)
        reader.page.get_by_role("button", name="Continue", exact=True).click()
        expect(continuing(reader.page).get_by_text("cannot go on here: its weights are damaged")).to_be_visible()
        continuing(reader.page).get_by_role("button", name="Back to the replay").click()
        reader.page.get_by_role("button", name="Play").click()
        reader.wait_until(lambda: reader.step < 120)
        assert reader.problems == []
