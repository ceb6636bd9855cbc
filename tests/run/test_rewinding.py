"""Going back in a live view: the state, the curves, the replay and the branches."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import until, wait_until
from vultorch_widget.api.fit_image import fit_image
from vultorch_widget.replay.key_frames import parts

pytestmark = pytest.mark.usefixtures("one_thread")


class Training:
    """Dropout, shuffled batches, a scheduler and a slider for the rate, in a view's callback."""

    def __init__(self, optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam, **options: Any) -> None:
        torch.manual_seed(5)
        self.view = view = vultorch.View("Going back", headless=True, **options)
        self.model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 1))
        self.optimizer = optimizer(self.model.parameters(), lr=0.01)
        self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, 7, 0.5)
        loader = DataLoader(TensorDataset(torch.rand(18, 3), torch.rand(18, 1)), batch_size=4, shuffle=True)
        self.batches = vultorch.Batches[Any](loader)
        self.picture = view.panel("Output").canvas("values").alloc(2, 4, 4, "cpu")
        self.hand = 0.5
        self.after: Callable[[], None] = lambda: None
        view.checkpoint(self.model, self.optimizer, self.scheduler, self.batches)
        view.on_frame(self.frame)

    def frame(self) -> None:
        scale = self.view.panel("Hand").slider("scale", 0.0, 1.0, default=self.hand)
        inputs, targets = next(self.batches)
        loss = functional.mse_loss(self.model(inputs), targets) * scale
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.scheduler.step()
        self.picture[..., 0] = self.model[0].weight.detach()[:2, :1]
        self.view.log(loss=loss)
        self.after()

    def run(self, frames: int) -> None:
        self.view.run(max_frames=frames)

    def set(self, scale: float) -> None:
        self.view.panel("Hand").set("scale", scale)

    def parameters(self) -> torch.Tensor:
        return nn.utils.parameters_to_vector(self.model.parameters()).detach().clone()

    def losses(self) -> list[list[float]]:
        return self.view.history()["loss"].tolist()


SGD = lambda parameters, lr: torch.optim.SGD(parameters, lr=lr, momentum=0.9)  # noqa: E731


@pytest.mark.parametrize("optimizer", [torch.optim.Adam, SGD], ids=["Adam", "SGD with momentum"])
@pytest.mark.parametrize("step", [0, 1, 13, 24])
def test_a_run_that_went_back_is_bit_for_bit_the_one_that_never_did(optimizer: Any, step: int) -> None:
    never = Training(optimizer)
    never.run(30)
    back = Training(optimizer)
    back.run(25)
    assert back.view.rewind(step) == step
    assert back.view.iteration == back.view.frame_count == step
    assert back.losses() == never.losses()[:step] if step else "loss" not in back.view.history()
    back.run(30 - step)
    assert torch.equal(back.parameters(), never.parameters())
    assert back.losses() == never.losses()
    assert torch.equal(back.picture, never.picture)


def test_steps_between_two_checkpoints_are_made_again_with_the_controls_as_they_were() -> None:
    training = Training()
    training.view._parts.session.keeper.budget.due = float("inf")  # only the first checkpoint
    training.run(4)
    training.set(0.9)
    training.run(6)
    there = training.parameters()
    training.set(0.1)
    training.run(7)
    assert training.view.rewind(10) == 10
    assert torch.equal(training.parameters(), there)
    assert training.view.panel("Hand").get("scale") == pytest.approx(0.1)  # the user's setting stays


def test_a_branch_begins_where_it_was_asked_for_wherever_the_checkpoints_lie() -> None:
    training = Training()
    view = training.view
    frames = view._parts.offscreen.replay.builder.key_frames
    training.run(4)
    view._parts.session.keeper.budget.due = float("inf")
    training.run(4)
    training.set(0.9)
    training.run(8)
    there, steps = training.parameters(), [frame.step for frame in frames.frames]
    view.rewind(12)
    assert [frame.step for frame in frames.frames] == [step for step in steps if step <= 12]
    training.set(0.1)
    training.run(4)
    view.rewind(14)
    training.run(1)
    assert [(one.name, one.first, one.last) for one in view.branches] == [("branch 1", 0, 16), ("branch 2", 12, 16)]
    view.rewind(10)  # before both of them, from the fourth step on, with the slider as it was
    training.set(0.9)
    training.run(6)
    assert torch.equal(training.parameters(), there)
    assert [one.first for one in view.branches] == [0, 12, 14]


def test_a_click_is_made_again() -> None:
    view = vultorch.View("Clicks", headless=True)
    count = torch.zeros(())
    page = Page(view).open()

    @view.on_frame
    def frame() -> None:
        if view.panel("Hand").button("more"):
            count.add_(1)
        view.log(count=count)

    view.checkpoint(count)
    view._parts.session.keeper.budget.due = float("inf")
    view.run(max_frames=3)
    page.set("Hand", "button:more", True)
    view.run(max_frames=5)
    assert view.rewind(6) == 6
    assert view.history()["count"][:, 1].tolist() == [0, 0, 0, 1, 1, 1]


def test_the_branch_that_was_left_stays_and_can_be_gone_back_to() -> None:
    training = Training()
    view = training.view
    training.run(20)
    end, losses = training.parameters(), training.losses()
    view.rewind(12)
    training.set(0.9)
    training.run(4)
    (left,) = view.branches
    assert (left.name, left.first, left.last, left.controls) == ("branch 1", 0, 20, {"scale": 0.5})
    assert view.rewind(branch="branch 1") == 20
    assert torch.equal(training.parameters(), end)
    assert training.losses() == losses
    assert [(one.name, one.first, one.last) for one in view.branches] == [("branch 2", 12, 16)]
    assert view.rewind(14, branch="branch 2") == 14
    assert [step for step, _ in training.losses()] == list(range(1, 15))
    assert training.losses()[:12] == losses[:12]
    assert training.losses()[12:14] != losses[12:14]
    assert [one.name for one in view.branches] == ["branch 2", "branch 1"]


def test_pages_get_the_ghost_and_the_marks() -> None:
    training = Training()
    page = Page(training.view).open()
    training.run(20)
    page.say("rewind", step=12, branch="")
    training.view._parts.hearing.drain()
    training.run(1)
    page.open()
    training.view._parts.hearing.drain()
    training.view._parts.showing.publish(resting=True)
    assert [(curve["branch"], curve["series"]) for curve in page.ghosts] == [("branch 1", "loss")]
    marks = page.timelines[-1]["marks"]
    assert ("branch", 12, "branch 2") in [(mark["kind"], mark["step"], mark["text"]) for mark in marks]
    assert max(mark["step"] for mark in marks if mark["kind"] == "checkpoint") <= 13


def test_the_replay_is_that_of_the_present_branch_and_returns_with_the_other() -> None:
    training = Training()
    frames = training.view._parts.offscreen.replay.builder.key_frames
    training.run(20)
    before = [frame.step for frame in frames.frames]
    training.view.rewind(12)
    assert [frame.step for frame in frames.frames] == [step for step in before if step <= 12]
    training.run(2)
    training.view.rewind(branch="branch 1")
    assert [frame.step for frame in frames.frames] == before


def test_the_present_keeps_its_key_frames_where_those_of_left_branches_have_no_room() -> None:
    training = Training()
    view = training.view
    builder, keeper = view._parts.offscreen.replay.builder, view._parts.session.keeper
    training.run(20)
    before = [frame.step for frame in builder.key_frames.frames]
    keeper.ring.drop([kept for kept in keeper.ring.of("branch 1") if kept.point.iteration > 4])
    builder.most_bytes = 1
    assert view.rewind(12) == 12
    assert [frame.step for frame in builder.key_frames.frames] == [step for step in before if step <= 12]
    assert builder.left["branch 1"].frames == ()
    builder.clear()
    assert builder.left["branch 1"].along([]) == []


def test_pages_forget_where_controls_were_moved_in_the_branch_that_was_left() -> None:
    training = Training()
    page = Page(training.view).open()
    training.run(4)
    training.set(0.9)
    training.run(4)
    moves = lambda: [each["step"] for each in [c["moves"] for c, _ in page.updates if c["moves"] is not None][-1]]  # noqa: E731
    training.view._parts.showing.publish(resting=True)
    assert moves() == [5]
    training.view.rewind(3)
    training.view._parts.showing.publish(resting=True)
    assert moves() == []


async def test_an_alarm_is_answered_by_going_back_and_may_come_again() -> None:
    view = vultorch.View("Alarm")
    weight = torch.zeros(())
    page = Page(view).open()

    @view.on_frame
    def frame() -> None:
        weight.add_(1)
        view.log(loss=float(weight) if float(weight) < 8 else float("nan"))

    view.checkpoint(weight)
    view._parts.runner.start(0)
    for branches in (1, 2):
        await until(lambda: page.timelines and page.timelines[-1]["alarms"])
        (alarm,) = page.timelines[-1]["alarms"]
        assert alarm["step"] == view.iteration == 8
        page.say("rewind", step=alarm["checkpoint"], branch="")
        await until(lambda: not page.timelines[-1]["alarms"])
        assert float(weight) == view.iteration == alarm["checkpoint"] < 8
        assert (view.state, len(view.branches)) == ("paused", branches)
        view.resume()
    view.close()


def test_a_rewind_asked_for_in_a_frame_is_done_at_its_end() -> None:
    training = Training()
    went: list[Any] = []

    def once() -> None:
        if training.view.iteration == 9 and not went:
            went.append(training.view.rewind(3))

    training.after = once
    training.run(10)
    assert went == [None]
    assert training.view.iteration == 10
    assert [one.last for one in training.view.branches] == [9]


def test_a_loop_of_the_program_lands_on_the_checkpoint() -> None:
    view = vultorch.View("Own loop", headless=True)
    weight = torch.zeros(())
    view.checkpoint(weight)
    view._parts.session.keeper.budget.due = float("inf")
    for _ in range(5):
        assert view.step()
        weight.add_(1)
        view.log(weight=weight)
        view.end_step()
    assert view.rewind(3) == 0
    assert float(weight) == 0
    assert any("program's own loop" in notice for notice in view._parts.tree.notices)
    for _ in range(2):
        assert view.step()
        weight.add_(1)
        view.log(weight=weight)
        view.end_step()
    assert view.history()["weight"].tolist() == [[1, 1], [2, 2]]


def test_a_failed_rewind_leaves_the_run_as_it_was() -> None:
    training = Training()
    training.run(10)
    view, before, losses = training.view, training.parameters(), training.losses()
    training.model[0].bias = nn.Parameter(torch.zeros(9))
    with pytest.raises(vultorch.RestoreError, match="now and was"):
        view.rewind(4)
    assert (view.iteration, view.branches, training.losses()) == (10, [], losses)
    training.model[0].bias = nn.Parameter(torch.zeros(8))
    assert len(before) == len(training.parameters())


def test_a_frame_that_fails_when_it_is_repeated_leads_back_to_where_the_run_was() -> None:
    training = Training()
    training.view._parts.session.keeper.budget.due = float("inf")
    training.run(10)
    before, losses = training.parameters(), training.losses()

    def fail() -> None:
        if training.view.iteration == 3:
            raise OSError("no disk")

    training.after = fail
    with pytest.raises(vultorch.RestoreError, match="no disk"):
        training.view.rewind(6)
    assert torch.equal(training.parameters(), before)
    assert training.losses() == losses
    assert (training.view.frame_count, training.view.branches) == (10, [])
    training.run(1)


def test_what_cannot_be_asked_for_is_refused() -> None:
    view = vultorch.View("Refused", headless=True)
    with pytest.raises(RuntimeError, match=r"view\.checkpoint"):
        view.rewind(1)
    with pytest.raises(ValueError, match="two must fit into checkpoint_bytes"):
        vultorch.View("Small", headless=True, checkpoint_bytes=1000).checkpoint(torch.zeros(4))
    view.checkpoint(torch.zeros(4))
    with pytest.raises(ValueError, match="has not been reached: the run is at step 0"):
        view.rewind(5)
    with pytest.raises(ValueError, match="no branch 'x'; none was left yet"):
        view.rewind(0, branch="x")
    with pytest.raises(ValueError, match="needs a step"):
        view.rewind()
    with pytest.raises(ValueError, match="checkpoint_bytes must be at least 1"):
        vultorch.View("None", headless=True, checkpoint_bytes=0)


def test_a_reset_can_be_undone() -> None:
    training = Training()
    training.view.reset(lambda: nn.init.zeros_(training.model[0].weight))
    training.run(8)
    before, losses = training.parameters(), training.losses()
    training.view._parts.runner.reset()
    training.run(3)
    assert training.view.iteration == 3
    assert training.view.rewind(branch="branch 1") == 8
    assert torch.equal(training.parameters(), before)
    assert training.losses() == losses


def test_fit_image_goes_back_to_the_end_of_a_frame() -> None:
    def fitted() -> Any:
        picture = torch.linspace(0, 1, 8 * 6 * 3).reshape(8, 6, 3)
        view = fit_image(picture, headless=True, device="cpu", width=16, steps_per_frame=3)
        view.checkpoint(view.fit)
        return view

    never, back = fitted(), fitted()
    never.run(max_frames=9)
    back.run(max_frames=7)
    assert back.rewind(11) == 12
    assert (back.fit.iteration, back.frame_count) == (12, 4)
    back.run(max_frames=5)
    for one, other in zip(never.fit.model.parameters(), back.fit.model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_rest_saves_up_no_time_for_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    training = Training()
    keeper = training.view._parts.session.keeper
    training.run(2)
    for _ in range(3):  # the median of three is charged
        keeper.budget.spend(5.0, training.view._parts.offscreen.replay.seconds)
    taken = len(keeper.ring)
    clock, monotonic = time.perf_counter, time.monotonic
    for rest in (1e4, 2e4):
        monkeypatch.setattr(time, "perf_counter", lambda rest=rest: clock() + rest)
        monkeypatch.setattr(time, "monotonic", lambda rest=rest: monotonic() + rest)
        training.run(2)
    assert len(keeper.ring) == taken


def test_a_checkpoint_of_a_branch_that_makes_room_is_no_mark_of_it_any_more() -> None:
    view = vultorch.View("room", headless=True, checkpoint_bytes=150_000)
    state = torch.zeros(256)
    view.checkpoint({"state": state})
    view._parts.session.keeper.budget.spend = lambda *_: None  # as many as are wanted, even on a busy machine

    @view.on_frame
    def frame() -> None:
        state.add_(1)
        view.log(sum=state.sum())

    view.run(max_frames=12)
    view.rewind(4)
    ring, builder = view._parts.session.keeper.ring, view._parts.offscreen.replay.builder

    def marked() -> list[int]:
        return [mark.step for mark in builder.left["branch 1"].marks if mark.kind == "checkpoint"]

    def kept() -> list[int]:
        return [one.point.iteration for one in ring.of("branch 1") if one.point.iteration > 4]

    before = kept()
    assert marked() == before
    assert len(before) > 2
    wait_until(lambda: bool(view.run(max_frames=20)) or len(kept()) < len(before))
    assert marked() == kept()


def test_memory_stays_within_its_budget_over_many_frames_and_branches() -> None:
    most = 3_000_000
    view = vultorch.View("Bounded", headless=True, checkpoint_bytes=most)
    weight = torch.zeros(4_000)
    shown = torch.zeros(16, 16)
    view.panel("p").canvas("shown").bind(shown)
    view.checkpoint(weight)
    keeper = view._parts.session.keeper
    replay = view._parts.offscreen.replay
    for budget in (keeper.budget, replay.budget, replay.event_budget):
        budget.spend = lambda *_: None  # as many as are wanted, even on a busy machine
    builder = replay.builder
    builder.most_bytes = 20_000  # about 50 pictures

    @view.on_frame
    def frame() -> None:
        weight.add_(1)
        shown.fill_(view.frame_count % 100 / 100)
        view.log(weight=weight[0])

    rng = np.random.default_rng(0)
    largest = 0
    for _ in range(50):
        view.run(max_frames=400)
        largest = max(largest, keeper.ring.bytes)
        kept = [one.point.iteration for one in keeper.ring.along(keeper.ring.line)]
        step = int(rng.choice(kept[:-1]))
        assert view.rewind(step) == step
        assert float(weight[0]) == step
    assert largest <= most
    assert keeper.ring.bytes == sum(kept.checkpoint.bytes for kept in keeper.ring._kept)
    assert len(view.branches) == 50
    own = {id(frame): frame for line in builder.left.values() for frame in line.frames}
    shared = {part: characters for frame in own.values() for part, characters in parts(frame)}
    assert 10_000 < sum(shared.values()) <= builder.most_bytes
    assert sum(bool(branch.frames) for branch in keeper.branches) > 15  # and not only the newest


def test_a_variable_that_is_not_in_the_checkpoint_ends_the_way_back_and_is_no_endless_loop() -> None:
    training = Training()
    view = training.view
    view._parts.session.keeper.budget.due = float("inf")
    seen = 0

    def frame() -> None:
        nonlocal seen
        seen += 1
        if seen <= 10:  # it ends by itself, which the view does not know
            training.frame()

    view.on_frame(frame)
    training.run(10)
    before, losses = training.parameters(), training.losses()
    with pytest.raises(vultorch.RestoreError, match=r"only come to step 0 by frame 10.*step 6.*view\.checkpoint"):
        view.rewind(6)
    assert torch.equal(training.parameters(), before)
    assert (view.frame_count, training.losses()) == (10, losses)


def test_steps_beyond_the_end_of_a_branch_are_refused() -> None:
    training = Training()
    training.run(10)
    training.view.rewind(4)
    with pytest.raises(ValueError, match="'branch 1' ends at step 10, before step 11"):
        training.view.rewind(11, branch="branch 1")
    assert training.view.frame_count == 4


def test_gradients_that_add_up_over_frames_are_part_of_the_state() -> None:
    def accumulating() -> Training:
        training = Training()
        count = {"frames": 0}
        view = training.view
        view.checkpoint(training.model, training.optimizer, count)

        @view.on_frame
        def frame() -> None:
            count["frames"] += 1
            (training.model(torch.rand(4, 3)).square().mean() / 4).backward()
            if count["frames"] % 4 == 0:
                training.optimizer.step()
                training.optimizer.zero_grad()
            view.log(frames=count["frames"])

        return training

    never = accumulating()
    never.run(24)
    back = accumulating()
    for run in (22, 10):
        back.run(run)
        back.view.rewind(14)
    back.run(10)
    assert torch.equal(back.parameters(), never.parameters())


def test_a_reset_that_fails_begins_a_run_of_its_own_all_the_same() -> None:
    training = Training()
    view = training.view

    @view.reset
    def reset() -> None:
        raise OSError("no disk")

    training.run(8)
    before, losses = training.parameters(), training.losses()
    view._parts.runner.reset()
    assert view.state == "failed"
    training.run(3)
    assert [(one.name, one.last) for one in view.branches] == [("branch 1", 8)]
    assert view.rewind(2) == 2
    assert view.rewind(branch="branch 1") == 8
    assert torch.equal(training.parameters(), before)
    assert training.losses() == losses


class Brittle:
    """An object whose state can no longer be read once it is ``broken``."""

    broken = False

    def state_dict(self) -> dict[str, Any]:
        if self.broken:
            raise AttributeError("no attribute 'step'")
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        pass


@pytest.mark.parametrize("way", ["frame", "rewind", "page", "reset", "explore"])
def test_whatever_an_object_of_the_users_raises_as_it_is_copied_ends_no_run(way: str) -> None:
    view, brittle = vultorch.View("Brittle", headless=True), Brittle()
    page = Page(view).open()
    view.checkpoint(brittle)
    panel = view.panel("Hand")
    panel.slider("scale", 0.0, 1.0)
    view.on_frame(lambda: view.log(loss=1.0))
    view.reset(lambda: None)
    view.run(max_frames=5)
    brittle.broken = True
    if way == "rewind":
        with pytest.raises(vultorch.RestoreError, match="AttributeError: no attribute 'step'"):
            view.rewind(2)
    elif way == "page":
        page.say("rewind", step=2, branch="")
    elif way == "reset":
        page.command("reset")
    elif way == "explore":
        page.say("explore", trials=[{"panel": "Hand", "control": "slider:scale", "values": [0.5]}], steps=3)
    view.run(max_frames=5)
    assert view.frame_count == 10
    if way in ("page", "frame", "reset"):
        assert any("AttributeError: no attribute 'step'" in notice for notice in page.scenes[-1]["notices"])


def test_what_is_named_anew_has_no_branches_of_what_was_named_before() -> None:
    training = Training()
    page = Page(training.view).open()
    training.run(8)
    training.view.rewind(3)
    training.run(3)
    training.view.checkpoint(training.model, training.optimizer)
    training.view._parts.showing.publish(resting=True)
    assert training.view.branches == []
    assert (page.ghosts, page.ghost_runs) == ([], [])


def test_resets_without_a_frame_between_them_leave_no_checkpoints_behind() -> None:
    training = Training()
    training.view.reset(lambda: None)
    training.run(3)
    ring = training.view._parts.session.keeper.ring
    training.view._parts.runner.reset()
    kept = len(ring)
    for _ in range(5):
        training.view._parts.runner.reset()
    assert len(ring) == kept
    training.run(2)
    assert training.view.rewind(0) == 0


def test_a_file_that_torch_may_only_read_is_shown_and_not_written(tmp_path: Path) -> None:
    path = tmp_path / "truth.npy"
    np.save(path, np.full((2, 3, 3), 0.5, np.float32))
    truth = np.load(path, mmap_mode="r")
    training = Training()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's: the array is not writable
        tensor = torch.from_numpy(truth)
    training.view.panel("Truth").canvas("truth").bind(tensor)
    training.view.checkpoint(training.model, training.optimizer, training.batches)
    training.run(6)
    assert training.view.rewind(3) == 3  # would end the process
    assert tensor.unique().tolist() == [0.5]
