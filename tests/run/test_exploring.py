"""Futures: the next steps of a training, run several times with different controls, from the same state."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import PATIENCE

pytestmark = pytest.mark.usefixtures("one_thread")


class Training:
    """Dropout, shuffled batches, a scheduler, and sliders for rate and momentum, in a view's callback."""

    def __init__(self, **options: Any) -> None:
        torch.manual_seed(5)
        np.random.seed(5)
        random.seed(5)
        self.view = view = vultorch.View("Futures", headless=True, **options)
        self.model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 1))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.01)
        self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, 7, 0.5)
        loader = DataLoader(TensorDataset(torch.rand(18, 3), torch.rand(18, 1)), batch_size=4, shuffle=True)
        self.batches = vultorch.Batches[Any](loader)
        self.picture = view.panel("Output").canvas("values").alloc(2, 4, 4, "cpu")
        self.hand = view.panel("Hand")
        self.hand.slider("scale", 0.0, 10.0, default=0.5)
        self.hand.checkbox("half")
        self.hand.combo("loss", ["mse", "l1"])
        self.trouble = math.inf  # the scale from which a frame raises, half way through its work
        self.explosion = math.inf  # the scale from which the loss is NaN
        view.checkpoint(self.model, self.optimizer, self.scheduler, self.batches)
        view.on_frame(self.frame)

    def frame(self) -> None:
        scale = self.hand.get("scale")
        inputs, targets = next(self.batches)
        loss = functional.mse_loss(self.model(inputs), targets) * scale
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        if scale >= self.trouble:
            raise ZeroDivisionError("too large")
        self.scheduler.step()
        self.picture[..., 0] = self.model[0].weight.detach()[:2, :1]
        noise = random.random() + float(np.random.rand())
        self.view.log(loss=math.nan if scale >= self.explosion else loss, noise=noise)

    def run(self, frames: int) -> None:
        self.view.run(max_frames=frames)

    def everything(self) -> list[Any]:
        """Everything that must be the same to the last bit."""
        history = self.view.history()
        return [
            [parameter.tolist() for parameter in self.model.parameters()],
            str(self.optimizer.state_dict()),
            str(self.scheduler.state_dict()),
            str(self.batches.state_dict()),
            torch.get_rng_state().tolist(),
            str(np.random.get_state()),
            random.getstate(),
            self.picture.tolist(),
            {name: rows.tobytes() for name, rows in history.items()},
            [(name, points.tobytes()) for name, _, points in self.view._parts.metrics.patches({})],
            self.view.iteration,
            self.view.frame_count,
            self.hand.store.values(),
        ]


def after(*frames: int) -> list[Any]:
    """The same training if it never explores."""
    never = Training()
    for count in frames:
        never.run(count)
    return never.everything()


def test_exploring_changes_nothing_and_gives_a_branch_for_each_combination() -> None:
    never = after(12)
    explored = Training()
    explored.run(12)
    futures = explored.view.explore({"scale": [0.1, 1.0, 5.0]}, steps=6)
    assert explored.everything() == never
    assert [future.name for future in futures] == ["scale 0.1", "scale 1", "scale 5"]
    assert [(future.state, future.steps, future.controls) for future in futures] == [
        ("done", 6, {"scale": value}) for value in (0.1, 1.0, 5.0)
    ]
    assert [(one.name, one.first, one.last) for one in explored.view.branches] == [
        ("scale 0.1", 12, 18),
        ("scale 1", 12, 18),
        ("scale 5", 12, 18),
    ]
    assert futures.best is futures[0]
    assert futures.by == "loss"
    explored.run(8)
    went_on = explored.everything()
    assert went_on == after(12, 8)


@pytest.mark.parametrize("kept", [0, 2])
def test_a_future_that_is_kept_is_bit_for_bit_the_run_with_its_controls(kept: int) -> None:
    values = [0.1, 1.0, 5.0]
    explored = Training()
    explored.run(12)
    futures = explored.view.explore({"scale": values}, steps=6)
    assert futures.keep(kept) == 18
    stands = explored.everything()
    explored.hand.set("scale", 0.3)
    explored.run(5)
    went_on = explored.everything()
    straight = Training()
    straight.run(12)
    straight.hand.set("scale", values[kept])
    straight.run(6)
    assert stands == straight.everything()
    straight.hand.set("scale", 0.3)
    straight.run(5)
    assert went_on == straight.everything()
    assert explored.view.history()["loss"][:, 0].tolist() == list(range(1, 24))


def test_an_exception_ends_one_future_and_leaves_nothing_behind() -> None:
    never = after(12)
    explored = Training()
    explored.run(12)
    explored.trouble = 1.0
    futures = explored.view.explore({"scale": [0.1, 1.0, 0.2]}, steps=6)
    assert [future.state for future in futures] == ["done", "failed", "done"]
    assert futures[1].said == "ZeroDivisionError: too large"
    assert isinstance(futures[1].error, ZeroDivisionError)
    assert explored.view.state == "stopped"
    assert explored.everything() == never
    with pytest.raises(RuntimeError, match="'scale 1' cannot be kept: ZeroDivisionError"):
        futures[1].keep()


@pytest.mark.parametrize("alarms", [True, False])
def test_a_loss_that_is_not_finite_ends_one_future_and_does_not_pause_the_run(alarms: bool) -> None:
    explored = Training()
    explored.view.alarms = alarms
    explored.run(12)
    explored.explosion = 1.0
    futures = explored.view.explore({"scale": [1.0, 0.1]}, steps=6)
    assert [(future.state, future.steps) for future in futures] == [("ended", 1), ("done", 6)]
    assert "step 13" in futures[0].said
    assert math.isnan(futures[0].values["loss"])
    assert futures.best is futures[1]
    assert explored.view._parts.publisher.alarms() == ()
    assert not [mark for mark in explored.view._parts.metrics.timeline.marks if mark.kind == "alarm"]


def test_every_combination_of_several_controls_is_tried() -> None:
    training = Training()
    training.run(3)
    futures = training.view.explore({"scale": [0.1, 2], ("Hand", "half"): [False, True], "loss": ["l1"]}, steps=1)
    assert [future.name for future in futures] == [
        f"scale {scale}, half {half}, loss l1" for scale in ("0.1", "2") for half in ("off", "on")
    ]
    assert training.hand.get("scale") == 0.5


def test_steps_are_frames_if_nothing_is_logged() -> None:
    view = vultorch.View("Frames", headless=True)
    count = torch.zeros(())
    view.panel("Hand").slider("by", 0.0, 3.0, default=1.0)
    view.on_frame(lambda: count.add_(view.panel("Hand").get("by")))
    view.checkpoint(count)
    view.run(max_frames=4)
    futures = view.explore({"by": [2.0, 3.0]}, steps=5)
    assert (float(count), view.frame_count, futures.best) == (4.0, 4, None)
    with pytest.raises(RuntimeError, match="choose one yourself"):
        futures.keep()
    assert futures.keep(1) == 9
    assert float(count) == 19.0


@pytest.mark.parametrize(
    ("controls", "steps", "error", "said"),
    [
        ({"lr": [1.0]}, 5, ValueError, "no control 'lr' with a value; known are 'scale', 'half', 'loss'"),
        ({"scale": [11.0]}, 5, ValueError, "11.0"),
        ({"loss": ["l2"]}, 5, ValueError, "items are 'mse', 'l1'"),
        ({"scale": []}, 5, ValueError, "at least one value of 'scale'"),
        ({"scale": 1.0}, 5, TypeError, "in a list, not 1.0"),
        ({}, 5, TypeError, "needs values"),
        ({"scale": [1.0]}, 0, ValueError, "1 or more, not 0"),
        ({"scale": [1.0]}, 1.5, ValueError, "not 1.5"),
        ({"scale": [0.1] * 11, "half": [True, False, True]}, 5, ValueError, "11 x 3 = 33 futures are more than 32"),
        ({("Panel", "scale"): [1.0]}, 5, ValueError, "no panel 'Panel'; panels are 'Output', 'Hand'"),
        ({"scale": [1.0], ("Hand", "scale"): [2.0]}, 5, ValueError, "named twice"),
    ],
)
def test_what_cannot_be_explored_is_named(controls: Any, steps: Any, error: type[Exception], said: str) -> None:
    training = Training()
    training.run(2)
    with pytest.raises(error) as raised:
        training.view.explore(controls, steps=steps)
    assert said in str(raised.value)
    training.run(2)
    assert training.view.iteration == 4


def test_what_a_view_cannot_run_itself_is_refused_with_the_next_step() -> None:
    view = vultorch.View("Loop", headless=True)
    view.panel("Hand").slider("lr", 0.0, 1.0)
    with pytest.raises(RuntimeError, match="callbacks of on_frame"):
        view.explore({"lr": [0.1]}, steps=5)
    view.on_frame(lambda: None)
    with pytest.raises(RuntimeError, match=r"call view\.checkpoint"):
        view.explore({"lr": [0.1]}, steps=5)
    view.checkpoint(torch.zeros(1))
    while view.step():
        with pytest.raises(RuntimeError, match=r"view\.rewind\(step\)"):
            view.explore({"lr": [0.1]}, steps=5)
        view.stop()


def test_futures_that_would_drive_out_all_checkpoints_are_refused() -> None:
    training = Training(checkpoint_bytes=200_000)
    training.run(2)
    with pytest.raises(ValueError, match="half of checkpoint_bytes"):
        training.view.explore({"scale": [0.1] * 32}, steps=5)
    training.run(2)


def test_large_pictures_of_which_one_repeats_its_values_are_put_back() -> None:
    view = vultorch.View("Large", headless=True)
    rate = view.panel("p")
    rate.slider("scale", 0.0, 10.0, default=0.5)
    gray = torch.zeros(1200, 1200, 1)
    view.panel("p").canvas("own").bind(own := torch.zeros(1200, 1200, 3))
    view.panel("p").canvas("gray").bind(gray.expand(-1, -1, 3))
    view.checkpoint(torch.zeros(1))
    view.on_frame(lambda: own.add_(1))
    view.run(max_frames=2)
    futures = view.explore({"scale": [1.0, 2.0]}, steps=3)
    assert [(future.state, future.said) for future in futures] == [("done", "")] * 2
    assert own.unique().tolist() == [2.0]
    view.run(max_frames=1)
    assert view.frame_count == 3


def test_a_future_whose_callbacks_log_no_further_step_ends() -> None:
    view = vultorch.View("At its end", headless=True)
    view.panel("p").slider("scale", 0.0, 10.0, default=0.5)
    view.checkpoint(torch.zeros(1))
    steps = iter(range(1, 4))

    @view.on_frame
    def frame() -> None:
        if (step := next(steps, None)) is not None:
            view.log(step, loss=1.0)

    view.run(max_frames=2)
    (future,) = view.explore({"scale": [1.0]}, steps=50)
    assert (future.state, future.steps, future.said) == ("ended", 1, "1,000 frames have logged no further step")


async def test_an_error_as_the_present_is_put_back_leaves_no_view_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    training = Training()
    training.run(4)
    dialog = Dialog(training)
    dialog.explore([0.1, 1.0], 3000)
    await until(lambda: bool(dialog.page.futures))
    monkeypatch.setattr(training.view._parts.session.metrics, "put_back", fails)
    dialog.answer("cancel", -1)
    await until(lambda: dialog.newest["state"] == "failed")
    assert "ArithmeticError: torn" in dialog.newest["said"]
    monkeypatch.undo()
    training.view.resume()
    await until(lambda: training.view.frame_count > 10)


def fails(*_: Any) -> None:
    raise ArithmeticError("torn")


def test_loggers_get_the_future_that_is_kept_and_no_other() -> None:
    training = Training()
    seen: list[tuple[int, float]] = []
    training.view.add_logger(lambda step, values: seen.append((step, values["loss"])))
    training.run(5)
    futures = training.view.explore({"scale": [0.1, 1.0]}, steps=4)
    futures.keep(1)
    training.run(2)
    training.view.close()
    assert seen == [tuple(row) for row in training.view.history()["loss"].tolist()]
    assert len(seen) == 11


# --- on an event loop, with a page ------------------------------------------------------------------------------------


async def until(condition: Callable[[], Any]) -> None:
    async def look() -> None:
        while not condition():
            await asyncio.sleep(0.005)

    await asyncio.wait_for(look(), PATIENCE)


class Dialog:
    """What a page shows of futures."""

    def __init__(self, training: Training) -> None:
        self.page = Page(training.view).open()
        self.page.report()

    def explore(self, values: list[float], steps: int) -> None:
        trial = {"panel": "Hand", "control": "slider:scale", "values": values}
        self.page.say("explore", trials=[trial], steps=steps)

    def answer(self, answer: str, future: int = -1) -> None:
        self.page.say("answer_futures", run=self.newest["run"], answer=answer, future=future)

    @property
    def newest(self) -> dict[str, Any]:
        found = [content for content, _ in self.page.futures if content["kind"] == "exploration"]
        return found[-1] if found else {"state": "", "futures": []}

    @property
    def states(self) -> list[str]:
        return [line["state"] for line in self.newest["futures"]]

    @property
    def shown(self) -> list[tuple[int, list[str], list[str]]]:
        """Each future whose result was shown: its number, canvases and curves."""
        return [
            (
                content["future"],
                [one["canvas"] for one in content["pictures"]],
                [one["series"] for one in content["curves"]],
            )
            for content, _ in self.page.futures
            if content["kind"] == "future_shown"
        ]


async def test_a_page_explores_futures_sees_how_far_they_are_and_keeps_one() -> None:
    never = after(12)
    training = Training()
    training.run(12)
    dialog = Dialog(training)
    dialog.explore([0.1, 1.0], 40)
    await until(lambda: dialog.newest["state"] == "done")
    assert training.everything() == never
    assert dialog.states == ["done", "done"]
    assert [line["steps"] for line in dialog.newest["futures"]] == [40, 40]
    first = dialog.page.futures[0][0]
    assert (first["state"], first["step"]) == ("running", 12)
    assert dialog.newest["best"] == 0
    assert dialog.shown == [(number, ["Output/values"], ["loss", "noise"]) for number in (0, 1)]
    assert dialog.page.ghosts
    dialog.page.futures.clear()
    dialog.page.open().report()  # as after a reload
    await until(lambda: len(dialog.page.futures) == 3)
    dialog.answer("keep", 1)
    await until(lambda: dialog.newest["state"] == "dismissed")
    assert training.view.iteration == 52
    assert training.hand.get("scale") == 1.0


async def test_cancel_acts_within_a_frame_and_the_run_goes_on_as_if_nothing_had_been() -> None:
    training = Training()
    dialog = Dialog(training)
    frames: list[str] = []
    view = training.view
    view.on_frame(lambda: (frames.append(view.state), training.frame()))
    view._parts.runner.start(0)
    await until(lambda: view.frame_count > 12)
    dialog.explore([0.1, 1.0], 10**9)
    await until(lambda: dialog.states == ["running", "waiting"])
    assert view.state == "paused"
    begun = dialog.newest["step"]
    history = view.history()
    dialog.answer("cancel")
    explored = frames.count("paused")
    await until(lambda: view.state == "running")
    assert frames.count("paused") <= explored + 1
    await until(lambda: view.frame_count > begun + 5)
    view.pause()
    view._parts.hearing.drain()
    assert [rows[:begun].tolist() for rows in view.history().values()] == [
        rows[:begun].tolist() for rows in history.values()
    ]
    assert view.history()["loss"][:, 0].tolist() == list(range(1, view.iteration + 1))
    await until(lambda: dialog.newest["state"] == "cancelled")
    ran = view.frame_count
    ended = training.everything()
    view.close()
    assert ended == after(ran)


async def test_what_users_do_while_futures_run_waits_and_is_not_lost() -> None:
    training = Training()
    training.run(3)
    dialog = Dialog(training)
    dialog.explore([0.1, 1.0], 10**9)
    await until(lambda: dialog.states == ["running", "waiting"])
    dialog.page.set("Hand", "checkbox:half", True)
    dialog.page.set("Hand", "slider:scale", 7.0)
    dialog.page.command("step")
    training.view._parts.hearing.drain()
    assert (training.hand.get("half"), training.hand.get("scale")) == (False, 0.1)
    dialog.answer("cancel")
    await until(lambda: training.hand.get("half"))
    assert training.hand.get("scale") == 7.0
    assert training.view.iteration == 3


async def test_the_program_can_neither_run_nor_rewind_while_futures_run_but_can_stop_and_close() -> None:
    never = after(3)
    training = Training()
    training.run(3)
    dialog = Dialog(training)
    view = training.view
    dialog.explore([0.1, 1.0], 10**9)
    await until(lambda: dialog.states == ["running", "waiting"])
    for act in (view.run, lambda: view.rewind(1), lambda: view.explore({"scale": [1.0]}, steps=1), view.step):
        with pytest.raises(RuntimeError, match=r"explores futures and cannot .* futures\.cancel\(\)"):
            act()
    view.stop()
    await until(lambda: dialog.newest["state"] == "cancelled")
    assert view.state == "stopped"
    assert training.everything() == never
    dialog.explore([0.1, 1.0], 10**9)
    await until(lambda: dialog.states == ["running", "waiting"])
    view.close()
    assert training.everything() == never


async def test_a_page_is_told_why_futures_cannot_be_explored() -> None:
    training = Training()
    training.run(3)
    dialog = Dialog(training)
    dialog.explore([11.0], 5)
    await until(lambda: dialog.page.futures)
    assert dialog.page.futures[0][0]["kind"] == "explore_refused"
    assert "11.0" in dialog.page.futures[0][0]["said"]


async def test_a_callback_that_stops_the_run_or_goes_back_ends_its_future_alone() -> None:
    never = after(3)
    training = Training()
    training.run(3)
    view = training.view

    @view.on_frame
    def frame() -> None:
        training.frame()
        if view.iteration == 6 and training.hand.get("scale") > 0.6:
            view.rewind(2)
        if view.iteration == 7 and training.hand.get("scale") > 0.2:
            view.stop()

    futures = view.explore({"scale": [0.1, 0.3, 1.0]}, steps=10)
    assert [(one.state, one.steps, one.said) for one in futures] == [
        ("done", 10, ""),
        ("ended", 4, "it asked for stop itself"),
        ("ended", 3, "it asked to go back"),
    ]
    assert view.state == "stopped"
    assert training.everything() == never
