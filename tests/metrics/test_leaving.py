"""Scalars that continue from an earlier step, because the process that logs them has restarted."""

from __future__ import annotations

from typing import Any

from vultorch_widget.metrics import Cursor, Metrics


def logged(**series: int) -> Metrics:
    metrics = Metrics()
    metrics.begin()
    for name, count in series.items():
        for step in range(count):
            metrics.log({name: step + 0.5}, step)
    return metrics


def left(metrics: Metrics) -> dict[tuple[str, str], tuple[int, ...]]:
    return {(curve.branch, curve.series): curve.steps for curve in metrics.ghosts.curves}


def follow(metrics: Metrics, cursors: dict[str, Cursor], seen: dict[str, list[Any]]) -> None:
    """What a page has of each scalar: steps."""
    for name, start, points in metrics.patches(cursors):
        seen[name] = seen.get(name, [])[:start] + points[:, 0].tolist()


def test_what_comes_after_the_step_is_an_earlier_run_and_the_rest_stays() -> None:
    metrics = logged(a=10, b=8)
    cursors, seen = dict[str, Cursor](), dict[str, list[Any]]()
    follow(metrics, cursors, seen)
    name = metrics.leave(["a"], 6, {"lr": 0.5}, "")
    assert left(metrics) == {(name, "a"): (6, 7, 8, 9)}
    assert [(run.name, run.kind, run.controls) for run in metrics.ghosts.runs] == [(name, "run", {"lr": 0.5})]
    assert metrics.iteration == 7
    metrics.log({"a": 0.0}, 6)
    follow(metrics, cursors, seen)
    assert seen == {"a": [*range(7)], "b": [*range(8)]}
    assert list(metrics.record.series) == ["a", "b"]
    assert metrics.record.series["a"].array()[:, 0].tolist() == [*range(7)]


def test_scalars_that_begin_anew_one_after_another_are_of_one_earlier_run() -> None:
    metrics = logged(a=10, b=10)
    first = metrics.leave(["a"], 0, {}, "")
    assert metrics.leave(["b"], 0, {}, first) == first
    assert metrics.iteration == 0
    metrics.log({"a": 1.0}, 0)
    metrics.log({"a": 1.0}, 1)
    second = metrics.leave(["a"], 0, {}, first)  # once more
    assert set(left(metrics)) == {(first, "a"), (first, "b"), (second, "a")}
    metrics.ghosts.remove(second)
    metrics.log({"b": 1.0}, 0)
    metrics.log({"b": 1.0}, 1)
    assert metrics.leave(["b"], 0, {}, second) not in (first, second)  # the other one was removed


def test_the_budget_is_that_of_what_is_left() -> None:
    metrics = logged(a=10)
    before = metrics.record.left
    metrics.leave(["a"], 4, {}, "")
    assert metrics.record.left == before + 6


def test_notes_beyond_go_and_a_loss_that_is_nan_again_is_said_again() -> None:
    metrics = logged(loss=4)
    rung: list[int] = []
    metrics.alarms.ring = lambda alarm, _watch: rung.append(alarm.step)
    metrics.log({"loss": float("nan")}, 4)
    metrics.timeline.add(1, "note", "early")
    metrics.timeline.add(4, "note", "late")
    metrics.leave(["loss"], 2, {}, "")
    assert [mark.text for mark in metrics.timeline.marks] == ["early"]
    metrics.log({"loss": float("nan")}, 2)
    assert rung == [4, 2]


def test_a_logger_that_follows_gets_the_repeated_steps_too() -> None:
    import vultorch_widget as vultorch

    view = vultorch.View("leaving", headless=True)
    found: list[tuple[int, float]] = []
    view.add_logger(lambda step, values: found.append((step, values["a"])))
    for step in range(5):
        view.log(a=float(step), step=step)
    view._parts.metrics.leave(["a"], 2, {}, "")
    for step in range(2, 4):
        view.log(a=-1.0, step=step)
    view.close()
    assert found == [(0, 0.0), (1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0), (2, -1.0), (3, -1.0)]
