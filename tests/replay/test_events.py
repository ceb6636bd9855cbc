"""Replays of slow trainings, of events in a run, and of the speed of runs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

import vultorch_widget as vultorch
from tests.replay.runs import replay_of
from vultorch_widget.offscreen import replay_frames as module
from vultorch_widget.render.renderer import Rendering
from vultorch_widget.replay.events import Events
from vultorch_widget.replay.pace import Pace


class Clock:
    """A clock that the test sets. It replaces the two clocks that a recording reads."""

    def __init__(self) -> None:
        self.now = 0.0
        self.worked = 0.0

    def perf_counter(self) -> float:
        return self.now

    def process_time(self) -> float:
        return self.worked

    def pass_(self, seconds: float, busy: float = 1.0) -> None:
        """Lets ``seconds`` of processor time pass, which takes ``busy`` times as long on the clock."""
        self.now += seconds * busy
        self.worked += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def view_of(
    clock: Clock, *, frame: float, key_frame: float, busy: float = 1.0, **options: Any
) -> tuple[vultorch.View, vultorch.Panel]:
    """A view whose frames take ``frame`` seconds and key frames ``key_frame`` seconds. See `Clock` for ``busy``."""
    view = vultorch.View("run", headless=True, **options)
    picture = torch.zeros(8, 8)
    panel = view.panel("P")
    panel.canvas("c").bind(picture)

    @view.on_frame
    def train() -> None:
        picture.fill_((view.frame_count % 97) / 97)
        panel.slider("lr", 0.0, 1.0, default=0.01)
        clock.pass_(frame, busy)

    recording = view._parts.offscreen.replay
    begin = recording._begin

    def begun(step: int) -> float:
        clock.pass_(key_frame, busy)
        return begin(step)

    recording._begin = begun  # type: ignore[method-assign]
    return view, panel


def kept(view: vultorch.View) -> list[int]:
    return [frame.step for frame in view._parts.offscreen.replay.builder.key_frames.frames]


def test_every_step_of_a_slow_training_is_kept(clock: Clock) -> None:
    view, _ = view_of(clock, frame=1.5, key_frame=0.03)
    view.run(max_frames=220)
    assert kept(view) == list(range(1, 221))
    view.close()


def test_on_a_busy_machine_the_time_of_other_programs_does_not_count(clock: Clock) -> None:
    quiet, _ = view_of(clock, frame=0.1, key_frame=0.005)
    quiet.run(max_frames=200)
    busy, _ = view_of(clock, frame=0.1, key_frame=0.005, busy=5)
    busy.run(max_frames=200)
    assert len(kept(busy)) >= len(kept(quiet)) > 20
    quiet.close()
    busy.close()


def test_key_frames_of_a_fast_training_take_little_of_it(clock: Clock) -> None:
    view, panel = view_of(clock, frame=0.005, key_frame=0.004)

    @panel.on_frame
    def schedule() -> None:
        panel.set("lr", (view.frame_count % 100) / 100)
        view.log(loss=1.0 + 100 * (view.frame_count % 50 == 0))

    view.run(max_frames=10_000)
    share = (module.SHARE + module.EVENT_SHARE) * clock.now + 2 * module.CREDIT
    spent = view._parts.offscreen.replay.budget.spent + view._parts.offscreen.replay.event_budget.spent
    assert 0.2 < spent <= share + 0.01
    view.close()


def test_an_event_whose_picture_is_not_there_when_the_run_is_saved_is_not_lost(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, panel = view_of(clock, frame=0.005, key_frame=0.001)
    replay = view._parts.offscreen.replay

    @panel.on_frame
    def hand() -> None:
        if view.frame_count == 40:
            monkeypatch.setattr(Rendering, "ready", False)
            panel.set("lr", 0.1)
        if view.frame_count == 43:
            assert replay._pending
            replay.finish(view.frame_count, level=1)
            assert not replay._pending
            events.extend(frame.step for frame in replay.builder.key_frames.frames if frame.event)

    events: list[int] = []
    view.run(max_frames=44)
    assert max(events) == 43
    view.close()


def test_a_control_change_adds_a_picture_before_one_is_due(clock: Clock) -> None:
    view, panel = view_of(clock, frame=0.005, key_frame=0.03)  # expensive key frames

    @panel.on_frame
    def hand() -> None:
        if view.frame_count == 1877:
            panel.set("lr", 0.1)

    view.run(max_frames=4000)
    steps = kept(view)
    assert min(step for step in steps if step >= 1878) <= 1879
    assert len(steps) < 60
    view.close()


def test_a_jump_of_a_value_adds_a_picture(clock: Clock) -> None:
    view, panel = view_of(clock, frame=0.06, key_frame=0.03)
    noise = torch.rand(2000, generator=torch.Generator().manual_seed(0)).tolist()
    view.alarms = False

    @panel.on_frame
    def log() -> None:
        at = view.frame_count
        view.log(loss=math.nan if at == 1500 else (5.0 if at == 700 else 0.1) + 0.02 * noise[at])

    view.run(max_frames=2000)
    assert {701, 1501} <= set(kept(view))
    view.close()


def test_a_pause_adds_a_picture(clock: Clock) -> None:
    view, _ = view_of(clock, frame=0.005, key_frame=0.03)
    view.run(max_frames=1234)
    view.run(max_frames=3000)
    assert 1234 in kept(view)
    view.close()


def test_the_picture_of_a_saved_pause_is_kept_after_resuming(clock: Clock) -> None:
    view, _ = view_of(clock, frame=0.005, key_frame=0.03)
    view._parts.saving.write = lambda kept: None
    view.run(max_frames=1000)
    view._parts.offscreen.replay._happened = True  # as if it was paused between two frames
    view._parts.saving.again()
    view.run(max_frames=3000)
    replay = replay_of(view)
    assert 1000 in [frame["step"] for frame in replay["frames"]]
    view.close()


def test_after_a_reset_the_first_picture_is_of_the_new_run(clock: Clock) -> None:
    view, panel = view_of(clock, frame=0.005, key_frame=0.03)
    panel.on_frame(lambda: view.log(loss=1.0))
    view.run(max_frames=500)
    panel.on_frame(lambda: view._parts.runner.reset() if view.frame_count == 600 else view.log(loss=1.0))
    view.run(max_frames=1500)
    steps = kept(view)
    assert steps[0] <= 1
    assert steps == sorted(steps)
    assert steps[-1] <= 1399
    view.close()


def test_a_reset_after_a_frame_does_not_begin_with_the_old_pictures(clock: Clock) -> None:
    view, panel = view_of(clock, frame=0.5, key_frame=0.001)
    panel.on_frame(lambda: view.log(loss=1.0))
    drain = view._parts.hearing.drain

    def reset_at_the_end() -> None:
        if view.frame_count == 20 and view.iteration == 20:
            view._parts.runner.reset()
        drain()

    view._parts.hearing.drain = reset_at_the_end  # type: ignore[method-assign]
    view.run(max_frames=30)
    assert kept(view) == list(range(1, 11))
    view.close()


@pytest.mark.parametrize("seconds", [0.02, 0.8, 7.0])
def test_the_speed_of_a_replay_is_that_of_its_run(clock: Clock, seconds: float) -> None:
    view, panel = view_of(clock, frame=seconds, key_frame=0.0)
    panel.on_frame(lambda: (view.log(loss=1.0), view.log(loss=1.0)))
    view.run(max_frames=30)
    assert replay_of(view)["steps_per_second"] == pytest.approx(2 / seconds, rel=0.01)
    clock.pass_(3600)  # a rest
    view.run(max_frames=30)
    assert replay_of(view)["steps_per_second"] == pytest.approx(2 / seconds, rel=0.01)
    view.close()


def test_after_a_reset_the_speed_is_that_of_the_new_run(clock: Clock) -> None:
    view, panel = view_of(clock, frame=0.1, key_frame=0.0)
    panel.on_frame(lambda: view.log(loss=1.0))
    view.run(max_frames=1000)
    view._parts.runner.reset()
    panel.on_frame(lambda: (view.log(loss=1.0), clock.pass_(0.9)))
    view.run(max_frames=40)
    assert replay_of(view)["steps_per_second"] == pytest.approx(1.0, rel=0.01)
    view.close()


def test_counting_from_a_checkpoint_does_not_raise_the_speed(clock: Clock) -> None:
    view, panel = view_of(clock, frame=0.5, key_frame=0.0)
    panel.on_frame(lambda: view.log(loss=1.0, step=50_000 + view.frame_count))
    view.run(max_frames=20)
    assert replay_of(view)["steps_per_second"] == pytest.approx(2.0, rel=0.01)
    view.close()


def test_without_logging_frames_are_counted_and_slow_ones_are_not_rounded_to_zero(clock: Clock) -> None:
    view, _ = view_of(clock, frame=90.0, key_frame=0.0)
    view.run(max_frames=5)
    assert replay_of(view)["steps_per_second"] == pytest.approx(1 / 90, rel=0.01)
    view.close()


def test_single_frames_in_a_pause_do_not_affect_the_speed() -> None:
    pace = Pace()
    pace.go_on(0.0)
    for step in range(1, 11):
        pace.frame(float(step), step)
    pace.rest()
    pace.frame(500.0, 11)
    pace.go_on(600.0)
    pace.frame(601.0, 12)
    assert pace.speed == 1.0
    assert pace.seconds == 11.0


def test_a_drag_is_an_event_at_its_beginning_and_its_end() -> None:
    events = Events()
    happened = []
    for tick in range(300):
        now = tick / 50
        begun = events.change([("P", "lr")], now) if 50 <= tick < 150 else False
        if events.look(now, []) or begun:
            happened.append(tick)
    assert happened == [50, 174]


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        (lambda at: 1.0 / (1 + at), []),
        (lambda at: 0.5, []),
        (lambda at: math.exp(-at / 40) + 0.01 * math.sin(7 * at), []),
        (lambda at: 3.0 if at == 60 else 0.5 + 0.01 * math.sin(7 * at), [60]),
        (lambda at: math.inf if at >= 60 else 0.5, [60]),
    ],
    ids=["falls", "stands still", "falls and wobbles", "spikes", "diverges"],
)
def test_a_jump_is_an_event_and_a_gradual_change_is_not(course: Callable[[int], float], expected: list[int]) -> None:
    events = Events()
    assert [at for at in range(200) if events.look(at / 10, [("loss", at + 1, course(at))])] == expected


def test_the_bytes_of_a_replay_stay_bounded_whatever_happens(clock: Clock) -> None:
    view, panel = view_of(clock, frame=2.0, key_frame=0.001, replay_bytes=1 << 16, replay_frames=30)
    panel.on_frame(lambda: panel.set("lr", (view.frame_count % 10) / 10))
    view.run(max_frames=300)
    builder = view._parts.offscreen.replay.builder
    assert len(kept(view)) <= 30
    assert builder.key_frames.bytes <= 1 << 16
    assert len(json.dumps(replay_of(view)["frames"])) < 1 << 16
    view.close()
