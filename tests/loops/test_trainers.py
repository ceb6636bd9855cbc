"""Lightning, Hugging Face and fastai, the real packages, each watched by its callback."""

from __future__ import annotations

import itertools
import pickle
import threading
from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import wait_until
from vultorch_widget.loops.rate import SCALE

from .trainers import EPOCHS, STEPS, TRAINERS, Net, data
from .wrong import wrong_callbacks

pytestmark = pytest.mark.filterwarnings("ignore")  # the frameworks have many of their own

VALIDATION = {"lightning": "val_loss", "hf": "eval_loss", "fastai": "valid_loss"}
LOSS = {"lightning": "train_loss", "hf": "loss", "fastai": "train_loss"}


@pytest.fixture(params=TRAINERS)
def framework(request: pytest.FixtureRequest) -> str:
    return request.param


def steps(view: vultorch.View, name: str) -> list[int]:
    return [int(row[0]) for found, _, rows in view._parts.metrics.patches({}) if found == name for row in rows]


def values(view: vultorch.View, name: str) -> list[float]:
    return [row[4] for found, _, rows in view._parts.metrics.patches({}) if found == name for row in rows]


def test_watching_changes_no_bit_of_a_training(framework: str, view: vultorch.View, tmp_path: Path) -> None:
    train = TRAINERS[framework]
    plain = train(Net(), None, tmp_path)
    net = Net()

    def show() -> dict[str, torch.Tensor]:  # does everything that could disturb a training
        return {"prediction": net(torch.rand(16, 2)).reshape(4, 4), "noise": torch.rand(4, 4)}

    Page(view).open()
    watched = train(net, view.watch(show, lr="scale"), tmp_path)
    assert watched.same_as(plain)
    assert watched.rates == plain.rates
    assert len(watched.rates) == EPOCHS * STEPS
    assert view._parts.tree.notices == []
    assert [canvas.name for canvas in view._parts.tree.canvases()] == ["prediction", "noise"]


def test_what_the_framework_logs_is_in_the_chart_at_its_own_steps(
    framework: str, view: vultorch.View, tmp_path: Path
) -> None:
    trained = TRAINERS[framework](Net(), view.watch(), tmp_path)
    every = list(range(1, EPOCHS * STEPS + 1))
    assert steps(view, LOSS[framework]) == every
    assert steps(view, "lr") == every
    assert steps(view, VALIDATION[framework]) == every[STEPS - 1 :: STEPS]
    assert values(view, "lr") == pytest.approx(trained.rates, abs=1e-12)
    assert (view.iteration, view.state) == (EPOCHS * STEPS, "idle")
    (bar,) = [control for control in view.panel("training").store.specs() if control.kind == "progress"]
    assert bar.fraction == 1.0
    trained.again()  # it is watched, too, but is not a training
    assert (view.iteration, view.state) == (EPOCHS * STEPS, "idle")
    assert view._parts.tree.notices == []


def test_the_slider_multiplies_what_the_schedule_says(framework: str, view: vultorch.View, tmp_path: Path) -> None:
    train = TRAINERS[framework]
    plain = train(Net(), None, tmp_path)
    page = Page(view).open()
    shown = 0

    def show() -> None:
        nonlocal shown
        shown += 1
        if shown == 10:
            page.set("training", f"slider:{SCALE}", 2.0)

    watched = train(Net(), view.watch(show, lr="scale"), tmp_path)
    factors = [1.0 if number < 10 else 2.0 for number in range(EPOCHS * STEPS)]
    assert watched.rates == pytest.approx(plain.rates, abs=1e-12)
    expected = [rate * factor for rate, factor in zip(plain.rates, factors, strict=True)]
    assert values(view, "lr") == pytest.approx(expected, abs=1e-12)
    assert not watched.same_as(plain)


@pytest.mark.parametrize("where", ["training", "validation"])
def test_pause_waits_and_stop_ends_the_training(
    framework: str, where: str, view: vultorch.View, tmp_path: Path
) -> None:
    page = Page(view).open()
    paused: list[int] = []
    asked = 0

    def ask() -> None:
        nonlocal asked
        asked += 1
        if asked == 6:
            page.command("pause")
            threading.Thread(target=go_on).start()
        elif asked == 12:
            page.command("stop")

    def go_on() -> None:
        wait_until(lambda: view.state == "paused")
        paused.append(view.frame_count)
        page.command("resume")

    net = Net(ask) if where == "validation" else Net()
    trained = TRAINERS[framework](net, view.watch(ask if where == "training" else None), tmp_path)
    assert len(paused) == 1
    assert 0 < len(trained.rates) < EPOCHS * STEPS
    assert where == "validation" or len(trained.rates) == 12
    assert view.state == "stopped"
    assert view._parts.tree.notices == []


def test_a_loss_that_is_nan_pauses_the_training_once_for_each_series(
    framework: str, view: vultorch.View, tmp_path: Path
) -> None:
    page = Page(view).open()
    net, calls, paused = Net(), itertools.count(1), []

    def poison() -> None:
        if next(calls) == 10:
            with torch.no_grad():
                next(net.parameters()).fill_(torch.nan)

    def resume() -> None:
        while not over.is_set():
            if view.state == "paused":
                if paused[-1:] != [view.iteration]:  # it may be called more than once before it continues
                    paused.append(view.iteration)
                view.resume()
            over.wait(0.01)

    over = threading.Event()
    threading.Thread(target=resume).start()
    try:
        trained = TRAINERS[framework](net, view.watch(poison), tmp_path)
    finally:
        over.set()
    marks = page.timelines[-1]["marks"]
    assert len(trained.rates) == EPOCHS * STEPS
    # If one of the losses is NaN, Hugging Face logs the mean of the earlier ones, so its evaluation shows the NaN.
    first = ["eval_loss is NaN (step 16)"] if framework == "hf" else ["train_loss is NaN (step 11)"]
    assert [mark["text"] for mark in marks][:1] == first
    steps = sorted({mark["step"] for mark in marks})
    assert len(paused) == len(steps)
    # A trainer that has begun its next step ends it before it waits.
    assert all(0 <= there - step <= 1 for there, step in zip(paused, steps, strict=True))


def test_what_cannot_be_shown_is_one_notice_and_the_training_goes_on(
    framework: str, view: vultorch.View, tmp_path: Path
) -> None:
    view.on_frame(lambda: 1 / 0)
    trained = TRAINERS[framework](Net(), view.watch(lambda: {"picture": torch.zeros(3)}), tmp_path)
    assert len(trained.rates) == EPOCHS * STEPS
    shown, called = sorted(view._parts.tree.notices)
    assert "'picture'" in called + shown
    assert "view.on_frame has failed" in called + shown


def test_callbacks_of_events_that_raise_are_told_once_and_the_training_goes_on(
    framework: str, view: vultorch.View, tmp_path: Path
) -> None:
    with wrong_callbacks(view) as counts:
        trained = TRAINERS[framework](Net(), view.watch(), tmp_path)
    assert len(trained.rates) == EPOCHS * STEPS
    assert counts["failed"] == 0
    assert min(counts["on_pointer"], counts["reset"]) > 1
    pointer, reset = sorted(view._parts.tree.notices)
    assert pointer.startswith("on_pointer of canvas 'c' has failed; the training goes on. KeyError")
    assert reset.startswith("view.reset has failed; the training goes on. ZeroDivisionError")


def test_a_second_training_goes_on_where_the_first_has_ended(
    framework: str, view: vultorch.View, tmp_path: Path
) -> None:
    watch = view.watch()
    for _ in range(2):
        trained = TRAINERS[framework](Net(), watch, tmp_path)
    assert steps(view, "lr") == list(range(1, 2 * EPOCHS * STEPS + 1))
    trained.again()
    assert view.iteration == 2 * EPOCHS * STEPS
    assert view._parts.tree.notices == []


def test_a_learner_can_be_pickled_without_its_view(view: vultorch.View) -> None:
    again = pickle.loads(pickle.dumps(view.watch().fastai()))
    again("before_fit")  # it no longer does anything


def test_a_training_that_fails_does_not_stay_around_the_next(
    framework: str, view: vultorch.View, tmp_path: Path
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("in the validation")

    with pytest.raises(ZeroDivisionError):
        TRAINERS[framework](Net(fail), view.watch(lr="scale"), tmp_path)
    view._parts.loop.end()  # as at the end of a cell
    assert view.state == "idle"
    TRAINERS[framework](Net(), view.watch(lr="scale"), tmp_path)
    assert steps(view, "lr")[-1] >= EPOCHS * STEPS
    assert view.state == "idle"


def test_what_accelerate_has_prepared_is_gone_through_by_a_plain_loop(view: vultorch.View) -> None:
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True)
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    prepared = accelerator.prepare(net, optimizer, DataLoader(data(), 8, shuffle=True), schedule)
    net, optimizer, loader, schedule = prepared
    page = Page(view).open()
    for number, (inputs, targets) in enumerate(view.loop(loader, epochs=2, optimizer=optimizer, lr="scale")):
        loss = (net(inputs) - targets).square().mean()
        accelerator.backward(loss)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        view.log(loss=loss)
        if number == STEPS - 1:
            page.set("training", f"slider:{SCALE}", 2.0)
    expected = [0.1 * 0.9**number * (1.0 if number < STEPS else 2.0) for number in range(2 * STEPS)]
    assert values(view, "lr") == pytest.approx(expected, abs=1e-12)
    assert schedule.get_last_lr() == pytest.approx([0.1 * 0.9 ** (2 * STEPS)], abs=1e-12)
    assert steps(view, "loss") == list(range(1, 2 * STEPS + 1))
    assert view._parts.tree.notices == []
