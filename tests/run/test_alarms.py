"""What an alarm does: it pauses where somebody can resume, reports the step, and Resume answers it."""

from __future__ import annotations

import math
import threading
import warnings
from collections.abc import Callable, Iterator

import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import until, wait_until

BAD = 5
"""The step whose loss is NaN, as are all after it."""


@pytest.fixture
def view() -> Iterator[vultorch.View]:
    view = vultorch.View("alarms")
    yield view
    view.close()


def loss(step: int) -> float:
    return math.nan if step >= BAD else 1.0 / (step + 1)


def standing(page: Page) -> list[dict[str, object]]:
    return page.timelines[-1]["alarms"] if page.timelines else []


class Trainer(threading.Thread):
    """A loop of 20 steps in a thread."""

    def __init__(self, view: vultorch.View, value: Callable[[int], object] = loss) -> None:
        super().__init__()
        self._view, self._value = view, value
        self.start()

    def run(self) -> None:
        for step in range(1, 21):
            if not self._view.step():
                return
            self._view.log(loss=self._value(step))
            self._view.end_step()
        self._view.stop()


def test_a_loop_pauses_at_the_step_whose_loss_is_nan_and_resume_goes_on(view: vultorch.View) -> None:
    page = Page(view).open()
    trainer = Trainer(view)
    wait_until(lambda: standing(page))
    (alarm,) = standing(page)
    assert (alarm["series"], alarm["step"], alarm["paused"]) == ("loss", BAD, True)
    assert (view.state, view.iteration) == ("paused", BAD)
    assert page.timelines[-1]["marks"] == [{"step": BAD, "kind": "alarm", "text": "loss is NaN (step 5)"}]
    assert page.status["state"] == "paused"
    page.command("resume")
    trainer.join()  # it does not pause again
    assert view.iteration == 20
    view._parts.publisher.hurry()
    view._parts.showing.publish(resting=True)
    assert standing(page) == []
    assert len(page.timelines[-1]["marks"]) == 1  # the mark stays


async def test_a_run_on_the_event_loop_pauses_and_other_cells_stay_usable() -> None:
    view = vultorch.View("event loop")
    page = Page(view).open()

    @view.on_frame
    def frame() -> None:
        view.log(loss=loss(view.iteration + 1))

    view._parts.runner.start(0)
    await until(lambda: view.state == "paused")
    assert view.iteration == BAD
    await until(lambda: standing(page))
    view.resume()
    await until(lambda: view.iteration > BAD + 5)
    assert view.state == "running"
    assert standing(page) == []
    view.close()


def test_a_loop_that_is_watched_pauses_in_it(view: vultorch.View) -> None:
    Page(view).open()
    done: list[int] = []

    def train() -> None:
        for step in view.loop(range(1, 11)):
            view.log({"train/loss": loss(step)}, step=step)
            done.append(step)

    trainer = threading.Thread(target=train)
    trainer.start()
    wait_until(lambda: view.state == "paused")
    assert done[-1] == BAD
    view.resume()
    trainer.join()
    assert done[-1] == 10


def test_a_value_that_is_read_late_is_named_with_the_step_it_was_logged_at(view: vultorch.View) -> None:
    page = Page(view).open()
    view.step()
    metrics = view._parts.metrics
    metrics.log({"loss": 1.0}, step=6)
    history = metrics._histories["loss"]
    for step in (7, 8, 9):  # as on a GPU
        metrics._pending.add(history, step, torch.tensor(math.nan if step == 7 else 1.0))
    view._parts.publisher.hurry()
    assert view.state == "running"
    view.end_step()
    assert view.state == "paused"
    view._parts.showing.publish(resting=True)
    assert [alarm["step"] for alarm in standing(page)] == [7]


def test_in_a_script_it_is_a_warning_and_the_run_goes_on() -> None:
    view = vultorch.View("script", headless=True)

    @view.on_frame
    def frame() -> None:
        view.log(loss=loss(view.iteration + 1))

    with pytest.warns(RuntimeWarning, match=r"loss is NaN \(step 5\). The run goes on") as said:
        view.run(max_frames=20)
    assert len(said) == 1
    assert view.iteration == 20
    view.close()


def test_logging_by_itself_is_a_warning_too(view: vultorch.View) -> None:
    with pytest.warns(RuntimeWarning, match="loss is infinite") as said:
        view.log(loss=math.inf)
    assert said[0].filename == __file__  # it points at the line that logs
    assert view.state == "idle"


def test_where_warnings_are_errors_one_alarm_costs_no_other(view: vultorch.View) -> None:
    with pytest.raises(RuntimeWarning, match="train/loss is NaN"):
        view.log({"train/loss": math.nan, "val/loss": math.nan})
    with pytest.raises(RuntimeWarning, match="val/loss is NaN"):
        view.log(accuracy=0.5)
    assert list(view.history()["accuracy"][:, 1]) == [0.5]


def test_turned_off_nothing_is_said(view: vultorch.View) -> None:
    view.alarms = False
    assert not view.alarms
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        view.log(loss=math.nan)


def test_a_metric_that_is_nan_by_nature_pauses_nothing(view: vultorch.View) -> None:
    page = Page(view).open()
    view.step()
    view.alarm("val/loss", finite=False)
    view.log({"auc": math.nan, "val/loss": math.nan})
    view.end_step()
    assert view.state == "running"
    assert standing(page) == []


def test_a_note_goes_on_and_stands_until_it_is_answered(view: vultorch.View) -> None:
    page = Page(view).open()
    view.alarm("loss", action="note")
    view.step()
    view.log(loss=math.nan)
    view.end_step()
    assert view.state == "running"
    view._parts.publisher.hurry()
    view.step()
    view.end_step()
    assert [(alarm["step"], alarm["paused"]) for alarm in standing(page)] == [(1, False)]
    view.stop()
    view._parts.showing.publish(resting=True)
    assert standing(page) == []


def test_a_function_is_called_with_the_alarm_and_nothing_else_happens(view: vultorch.View) -> None:
    Page(view).open()
    rung: list[vultorch.Alarm] = []
    view.alarm("loss", action=rung.append)
    view.step()
    view.log(loss=math.inf)
    view.end_step()
    assert rung == [vultorch.Alarm("loss", 1, math.inf, "loss is infinite (step 1)")]
    assert view.state == "running"


def test_a_function_that_raises_is_a_notice(view: vultorch.View) -> None:
    Page(view).open()
    view.alarm("loss", action=lambda alarm: 1 / 0)
    view.step()
    view.log(loss=math.nan)
    assert "The action of the alarm of 'loss' has failed" in view._parts.tree.notices[0]


def test_an_alarm_names_the_last_good_checkpoint(view: vultorch.View) -> None:
    page = Page(view).open()
    view.step()
    view._parts.metrics.timeline.put("checkpoint", [(1, ""), (4, ""), (7, "")])
    view.log(loss=math.nan, step=7)  # the last one may have been taken after it
    view.end_step()
    view._parts.showing.publish(resting=True)
    assert [alarm["checkpoint"] for alarm in standing(page)] == [4]


def test_going_back_answers_the_alarm_and_the_same_can_come_again(view: vultorch.View) -> None:
    page = Page(view).open()
    weight = {"weight": torch.zeros(1)}
    view.checkpoint(weight)

    def frame(value: float) -> None:
        view.step()
        view.log(loss=value)
        view.end_step()

    for _ in range(3):
        frame(1.0)
    frame(math.nan)
    assert view.state == "paused"
    view.rewind(2)
    assert view.iteration == 2
    view._parts.showing.publish(resting=True)
    assert standing(page) == []
    view.resume()
    frame(math.nan)
    assert view.state == "paused"
    view._parts.showing.publish(resting=True)
    assert [alarm["step"] for alarm in standing(page)] == [3]


def test_reset_forgets_the_alarm_and_its_mark(view: vultorch.View) -> None:
    page = Page(view).open()
    view.step()
    view.log(loss=math.nan)
    view.end_step()
    view._parts.runner.reset()
    view._parts.showing.publish(resting=True)
    assert page.timelines[-1] == {"kind": "timeline", "marks": [], "alarms": []}


def test_a_page_that_opens_later_is_told_the_alarm(view: vultorch.View) -> None:
    page = Page(view).open()
    view.step()
    view.log(loss=math.nan)
    view.end_step()
    view._parts.showing.publish(resting=True)
    page.timelines.clear()
    page.client = "page-2"
    page.open()
    view._parts.hearing.drain()
    view._parts.showing.publish(resting=True)
    assert [alarm["step"] for alarm in standing(page)] == [1]


@pytest.mark.parametrize(
    ("text", "step", "says"),
    [
        (3, None, "a note must be a string, not 3"),
        (" ", None, "must not be empty"),
        ("x", -1, "0 or more"),
        ("x", 1.5, "1.5"),
    ],
)
def test_a_wrong_note_is_named(view: vultorch.View, text: str, step: int, says: str) -> None:
    with pytest.raises((TypeError, ValueError), match=says):
        view.note(text, step=step)


def test_a_note_marks_the_last_step_or_the_one_that_is_named(view: vultorch.View) -> None:
    view.log(psnr=1.0, step=12)
    view.note("warm-up over")
    view.note("data shuffled", step=8)
    marks = [tuple(mark) for mark in view._parts.metrics.timeline.marks]
    assert marks == [(8, "note", "data shuffled"), (12, "note", "warm-up over")]
