"""Marks at steps of a run: their order, their limits, and when they are removed."""

from __future__ import annotations

import json
import typing

import pytest

import vultorch_widget as vultorch
from tests.page import Page
from tests.replay.runs import replay_of
from vultorch_widget.metrics import Timeline
from vultorch_widget.metrics.timeline import MOST_MARKS, MOST_TEXT, MarkKind
from vultorch_widget.protocol import messages
from vultorch_widget.replay.reader import ReplayError, read


def test_marks_are_in_the_order_of_their_steps() -> None:
    timeline = Timeline()
    timeline.add(20, "note", "b")
    timeline.put("checkpoint", [(10, "first"), (30, "second")])
    timeline.add(5, "alarm", "a")
    assert [tuple(mark) for mark in timeline.marks] == [
        (5, "alarm", "a"),
        (10, "checkpoint", "first"),
        (20, "note", "b"),
        (30, "checkpoint", "second"),
    ]


def test_a_ring_of_checkpoints_replaces_its_marks_and_no_others() -> None:
    timeline = Timeline()
    timeline.add(20, "note", "b")
    timeline.put("checkpoint", [(10, ""), (30, "")])
    version = timeline.version
    timeline.put("checkpoint", [(10, ""), (30, "")])
    assert timeline.version == version
    timeline.put("checkpoint", [(30, ""), (50, "")])
    assert [(mark.step, mark.kind) for mark in timeline.marks] == [(20, "note"), (30, "checkpoint"), (50, "checkpoint")]


def test_the_same_mark_twice_is_one() -> None:
    timeline = Timeline()
    for _ in range(3):
        timeline.add(7, "note", "warm-up over")
    assert len(timeline.marks) == 1


def test_marks_and_their_texts_are_bounded() -> None:
    timeline = Timeline()
    for step in range(MOST_MARKS + 5):
        timeline.add(step, "note", "x" * 2 * MOST_TEXT)
    assert [mark.step for mark in timeline.marks] == list(range(5, MOST_MARKS + 5))
    assert len(timeline.marks[0].text) == MOST_TEXT


def test_the_wire_has_the_same_kinds() -> None:
    assert typing.get_args(MarkKind) == typing.get_args(messages.MarkKind)


@pytest.fixture
def view():
    with_panel = vultorch.View("timeline", headless=True)
    with_panel.panel("p").text("t")
    yield with_panel
    with_panel.close()


def test_pages_are_told_the_marks_when_they_change_and_when_they_open(view: vultorch.View) -> None:
    page = Page(view).open()
    view.step()
    view.end_step()
    assert page.timelines == []  # nothing has happened
    view._parts.metrics.timeline.add(3, "note", "warm-up over")
    view._parts.publisher.hurry()
    view.step()
    view.end_step()
    expected = {"step": 3, "kind": "note", "text": "warm-up over"}
    assert [timeline["marks"] for timeline in page.timelines] == [[expected]]
    page.client = "page-2"
    page.open()
    view.step()
    view.end_step()
    assert len(page.timelines) == 2


def test_a_new_run_has_no_marks_and_pages_are_told(view: vultorch.View) -> None:
    page = Page(view).open()
    view._parts.metrics.timeline.add(3, "note", "warm-up over")
    view.step()
    view.end_step()
    view._parts.runner.reset()
    view._parts.publisher.hurry()
    view.step()
    view.end_step()
    assert page.timelines[-1]["marks"] == []


def test_marks_are_in_the_replay(view: vultorch.View) -> None:
    view.step()
    view.log(loss=1.0)
    view._parts.metrics.timeline.add(1, "note", "warm-up over")
    view.end_step()
    document = replay_of(view)
    assert document["marks"] == [{"step": 1, "kind": "note", "text": "warm-up over"}]
    assert read(json.dumps(document)) == document
    document["marks"] *= 2
    document["marks"][1] = {**document["marks"][1], "step": 0}
    with pytest.raises(ReplayError, match="marks go back"):
        read(json.dumps(document))
