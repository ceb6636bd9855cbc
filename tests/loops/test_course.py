"""Where the steps of several loops of a framework are in the chart of one view."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import torch

import vultorch_widget as vultorch
from vultorch_widget.api.watched import Watched
from vultorch_widget.loops.course import Course
from vultorch_widget.loops.rate import Rate


def course(watched: Watched) -> Course:
    return Course(watched, None, Rate(None), 1)


def logged(view: vultorch.View, name: str) -> list[int]:
    return [int(step) for step in view.history()[name][:, 0]]


def train(course: Course, steps: Iterable[int], before: int | None = None) -> None:
    """A training that logs its loss at ``steps``, and an evaluation at the step ``before`` its first one, if any."""
    course.begin()
    course.attach([torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 0.5)])
    if before is not None:
        course.log({"eval": 0.0}, before)
    for step in steps:
        course.stepped(step, {"loss": 0.0})
        course.turn()
    course.end()


def evaluate(course: Course, step: int) -> None:
    course.begin()
    course.log({"eval": 0.0}, step)
    course.end()


def test_an_evaluation_after_a_second_training_is_at_its_last_step(view: vultorch.View) -> None:
    one = course(Watched(view))
    for _ in range(2):
        train(one, range(1, 5))
        evaluate(one, 4)
    evaluate(one, 4)
    evaluate(course(Watched(view)), 0)  # another trainer, which has not trained
    assert logged(view, "loss") == list(range(1, 9))
    assert logged(view, "eval") == [4, 8]


def test_an_evaluation_before_the_first_step_of_a_second_training_replaces_nothing(view: vultorch.View) -> None:
    watched = Watched(view)
    for _ in range(2):
        one = course(watched)
        train(one, range(1, 5), before=0)
        evaluate(one, 4)
    assert logged(view, "eval") == [0, 4, 5, 9]
    assert logged(view, "loss") == [1, 2, 3, 4, 6, 7, 8, 9]


def test_the_batches_before_the_first_step_of_a_second_training_replace_nothing(view: vultorch.View) -> None:
    one = course(Watched(view))
    for _ in range(2):
        train(one, [0, 1, 1, 2])  # gradients of two batches are accumulated
    assert logged(view, "loss") == [0, 1, 2, 3, 4, 5]


def test_a_training_that_is_resumed_keeps_its_steps_and_so_does_one_after_a_reset(view: vultorch.View) -> None:
    one = course(Watched(view))
    train(one, range(1, 5))
    train(one, range(5, 7), before=4)
    assert logged(view, "loss") == [1, 2, 3, 4, 5, 6]
    assert logged(view, "eval") == [4]
    train(one, range(1, 3))
    view._parts.runner.reset()
    evaluate(one, 2)
    assert logged(view, "eval") == [2]


def test_only_a_view_that_has_failed_carries_on(view: vultorch.View) -> None:
    watched = Watched(view)
    view.step()
    view.end_step()
    view.pause()
    watched.carry_on()
    assert view.state == "paused"  # a user's Pause outlives an error at the end of a frame
    view.resume()

    @view.on_frame
    def fail() -> None:
        raise OSError("the disk is full")

    view.step()
    with pytest.raises(OSError, match="full"):
        view.end_step()
    assert view.state == "failed"
    watched.carry_on()
    assert view.state == "running"
