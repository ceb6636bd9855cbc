"""What an earlier kernel has left in the notebook, which a page hands over."""

from __future__ import annotations

import json
from typing import Any

import pytest

import vultorch_widget as vultorch
from tests.page import Page
from tests.replay.runs import replay_of
from vultorch_widget.metrics.ghosts import MOST_EARLIER
from vultorch_widget.pages.file_exchange import PART_BYTES


def logged(title: str = "Fit", lr: float = 0.5) -> vultorch.View:
    view = vultorch.View(title, headless=True)

    @view.on_frame
    def frame() -> None:
        rate = view.panel("Hand").slider("lr", 0.0, 1.0, default=lr)
        view.log(loss=rate / (view.iteration + 1))

    view.reset(lambda: None)
    view.run(max_frames=6)
    return view


def hand_over(view: vultorch.View, document: dict[str, Any] | bytes, buffer: int = 0) -> Page:
    """A page that does so."""
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    page = Page(view).open()
    view._parts.hearing.receive({"kind": "earlier_run", "client": page.client, "buffer": buffer}, [data])
    view._parts.hearing.drain()
    return page


def test_it_stays_in_the_chart_with_its_name_time_and_controls() -> None:
    document = replay_of(logged())
    view = logged(lr=0.25)
    page = hand_over(view, document)
    (ghost,) = view.ghosts
    assert (ghost.name, ghost.series, ghost.controls) == ("run 1", ["loss"], {"lr": 0.5})
    assert ghost.began == document["began"] > 1.7e9
    view.run(max_frames=1)
    assert [(run["name"], run["kind"]) for run in page.ghost_runs] == [("run 1", "run")]


def test_a_view_takes_one_and_so_do_those_that_replace_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vultorch_widget.api.view.in_notebook", lambda: True)
    then = logged("Cell")
    document = replay_of(then)
    then.close()  # or the next one would take over from it, as in the same kernel
    view = vultorch.View("Cell", headless=True)
    for _ in range(2):
        hand_over(view, document)
    assert [ghost.name for ghost in view.ghosts] == ["run 1"]
    again = vultorch.View("Cell", headless=True)
    hand_over(again, document)
    assert [ghost.name for ghost in again.ghosts] == ["run 1"]
    again.close()


def test_the_runs_before_it_come_along_and_its_branches_do_not() -> None:
    then = logged()
    for _ in range(2):
        then._parts.runner.reset()
        then.run(max_frames=4)
    then.checkpoint({"nothing": 0})
    then.run(max_frames=4)
    then.rewind(4)
    document = replay_of(then)
    assert [ghost["name"] for ghost in document["ghosts"]] == ["run 1", "run 2", "branch 1"]
    view = logged()
    view._parts.runner.reset()  # its own run 1
    hand_over(view, document)
    assert [ghost.name for ghost in view.ghosts] == ["run 3", "run 2", "run 4", "run 1"]
    view.run(max_frames=2)
    view._parts.runner.reset()
    assert [ghost.name for ghost in view.ghosts] == ["run 2", "run 4", "run 1", "run 5"]
    assert len(view.ghosts) == MOST_EARLIER


def test_a_run_that_logged_nothing_hands_over_those_before_it() -> None:
    then = logged()
    then._parts.runner.reset()
    view = logged()
    hand_over(view, replay_of(then))
    assert [ghost.name for ghost in view.ghosts] == ["run 1"]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"", "not JSON"),
        (b"\xff", "can't decode"),
        (b"[]", "not an object"),
        (b" " * (PART_BYTES + 1), "too large"),
        ({"title": "Another"}, "of the view 'Another', not 'Fit'"),
        ({"series": {}}, "logged nothing"),
        ({"began": "then"}, "began"),
        ({"series": {"loss": {"steps": [2, 1], "values": [0, 0], "averages": None, "best": None}}}, "go back"),
    ],
)
def test_anything_else_is_refused(document: dict[str, Any] | bytes, says: str) -> None:
    sound = replay_of(logged())
    view = logged()
    hand_over(view, document if isinstance(document, bytes) else {**sound, **document})
    assert says in view._parts.channel.last_refusal
    assert view.ghosts == []
    hand_over(view, sound)  # it does not keep the right one away
    assert [ghost.name for ghost in view.ghosts] == ["run 1"]


def test_a_message_without_its_buffer_is_refused() -> None:
    view = logged()
    hand_over(view, replay_of(logged()), buffer=3)
    assert "no buffer" in view._parts.channel.last_refusal
    assert view.ghosts == []
