"""Earlier runs stay in the chart as ghosts."""

from __future__ import annotations

import pytest

import vultorch_widget as vultorch
from tests.page import Page
from vultorch_widget.metrics.ghosts import MOST_EARLIER, MOST_GHOSTS, MOST_POINTS


def logging_view(title: str = "Ghosts") -> vultorch.View:
    view = vultorch.View(title, headless=True)

    @view.on_frame
    def frame() -> None:
        lr = view.panel("Hand").slider("lr##rate", 0.0, 1.0, default=0.5)
        view.log(loss=lr / (view.iteration + 1))

    view.reset(lambda: None)
    return view


def test_reset_leaves_the_run_as_a_ghost_with_its_controls_and_time() -> None:
    view = logging_view()
    page = Page(view).open()
    view.run(max_frames=5)
    page.command("reset")
    view.run(max_frames=2)
    assert [(curve["branch"], curve["series"]) for curve in page.ghosts] == [("run 1", "loss")]
    (run,) = page.ghost_runs
    assert (run["name"], run["kind"], run["controls"]) == ("run 1", "run", [{"label": "lr", "value": 0.5}])
    assert run["began"] > 1.7e9


def test_a_run_that_logged_nothing_leaves_no_ghost() -> None:
    view = logging_view()
    view._parts.runner.reset()
    assert view._parts.metrics.ghosts.runs == []


def test_ghosts_of_earlier_runs_are_bounded() -> None:
    view = logging_view()
    metrics = view._parts.metrics
    for _ in range(MOST_EARLIER + 3):
        for step in range(2 * MOST_POINTS):
            metrics.log({f"s{number}": 1.0 for number in range(MOST_GHOSTS + 5)} if step < 3 else {"s0": 2.0})
        view._parts.runner.reset()
    assert [run.name for run in metrics.ghosts.runs] == [f"run {3 + number + 1}" for number in range(MOST_EARLIER)]
    assert len(metrics.ghosts.curves) == MOST_GHOSTS
    assert max(len(curve.steps) for curve in metrics.ghosts.curves) <= MOST_POINTS


def test_the_cell_run_again_shows_the_run_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vultorch_widget.api.view.in_notebook", lambda: True)
    for count in range(3):
        view = logging_view("Cell")
        assert [run.name for run in view._parts.metrics.ghosts.runs] == [f"run {at + 1}" for at in range(count)]
        view._parts.loop.run(4)
    view.close()


def test_notes_and_alarms_go_and_come_back_with_their_branch() -> None:
    view = logging_view()

    view.checkpoint({"nothing": 0})
    view.run(max_frames=6)
    view.note("early", step=2)
    view.note("late")
    notes = lambda: [mark.text for mark in view._parts.metrics.timeline.marks if mark.kind == "note"]  # noqa: E731
    view.rewind(3)
    assert notes() == ["early"]
    view.run(max_frames=2)
    view.note("other")
    view.rewind(branch="branch 1")
    assert notes() == ["early", "late"]
    assert [run.kind for run in view._parts.metrics.ghosts.runs] == ["branch"]


def test_a_note_made_between_two_frames_stays_where_the_frames_before_it_are_run_again() -> None:
    view = logging_view()
    view.checkpoint({"nothing": 0})
    keeper = view._parts.session.keeper
    assert keeper is not None
    keeper._gave_up = True  # type: ignore[attr-defined]  # the first checkpoint alone
    view.run(max_frames=3)
    view.note("by hand")
    view.run(max_frames=3)
    view.note("late")
    view.rewind(4)
    assert [(mark.step, mark.text) for mark in view._parts.metrics.timeline.marks if mark.kind == "note"] == [
        (3, "by hand")
    ]
