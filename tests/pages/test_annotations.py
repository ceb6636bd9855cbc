"""Which boxes, points and captions pages are sent, and when."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.replay.runs import replay_of
from vultorch_widget.replay.reader import read


@pytest.fixture
def view() -> vultorch.View:
    view = vultorch.View("t", headless=True)
    view.panel("p").canvas("c").bind(torch.zeros(32, 32))
    view.on_frame(lambda: None)
    return view


def sent(page: Page) -> list[dict[str, Any]]:
    """All annotations that the page was sent."""
    return [each for content, _ in page.updates for each in content["annotations"]]


def publish(page: Page) -> None:
    """Lets the kernel send what is new to a page that has painted everything, without waiting for its next refresh."""
    page.report()
    page.view._parts.hearing.drain()
    page.view._parts.showing.publish_last()


def test_annotations_come_with_the_picture_they_belong_to(view: vultorch.View) -> None:
    page = Page(view).open()
    view.panel("p").canvas("c").boxes([[1, 2, 3, 4]], labels=["cat"])
    publish(page)
    (update,) = [content for content, _ in page.updates if content["annotations"]]
    assert [picture["canvas"] for picture in update["pictures"]] == ["p/c"]
    assert [marks["box_texts"] for marks in update["annotations"][0]["pictures"]] == [["cat"]]


def test_setting_the_same_in_every_frame_sends_nothing(view: vultorch.View) -> None:
    page = Page(view).open()
    canvas = view.panel("p").canvas("c")
    for _ in range(5):
        canvas.boxes(torch.tensor([[1.0, 2, 3, 4]]), labels=["cat"], scores=[0.5]).points([[1, 1]]).captions("right")
        publish(page)
    assert len(sent(page)) == 1
    canvas.captions("wrong")
    publish(page)
    assert [each["pictures"][0]["caption"] for each in sent(page)] == ["right", "wrong"]


def test_a_change_is_sent_although_the_picture_stays(view: vultorch.View) -> None:
    page = Page(view).open()
    publish(page)
    seq = page.seq
    view.panel("p").canvas("c").boxes([[1, 2, 3, 4]])
    publish(page)
    content, _ = page.updates[-1]
    assert (content["pictures"], content["seq"]) == ([], seq + 1)
    assert len(content["annotations"]) == 1


def test_removed_annotations_are_removed_from_the_page(view: vultorch.View) -> None:
    page = Page(view).open()
    canvas = view.panel("p").canvas("c").boxes([[1, 2, 3, 4]])
    publish(page)
    canvas.boxes(None)
    publish(page)
    assert sent(page)[-1] == {"canvas": "p/c", "pictures": []}
    publish(page)
    assert len(sent(page)) == 2


def test_a_page_that_comes_later_gets_them_all(view: vultorch.View) -> None:
    first = Page(view).open()
    view.panel("p").canvas("c").boxes([[1, 2, 3, 4]])
    publish(first)
    second = Page(view, client="page-2").open()
    publish(second)
    assert [each["canvas"] for each in sent(second)] == ["p/c"]


def test_a_view_without_annotations_sends_none(view: vultorch.View) -> None:
    page = Page(view).open()
    publish(page)
    assert sent(page) == []


# --- in replays ------------------------------------------------------------------------------------------------------


def drawn(replay: dict[str, Any]) -> list[tuple[int, list[str]]]:
    """The steps at which annotations change, and the captions."""
    return [
        (frame["step"], [marks["caption"] for marks in each["pictures"]])
        for frame in replay["frames"]
        for each in frame["annotations"]
    ]


def test_a_replay_has_the_annotations_of_each_key_frame(view: vultorch.View) -> None:
    canvas = view.panel("p").canvas("c")

    @view.on_frame
    def frame() -> None:
        now = view.frame_count
        canvas.captions("first" if now < 3 else "second" if now < 6 else None)
        canvas.tensor[0, 0] = now / 9  # type: ignore[index]

    view.run(max_frames=9)
    replay = replay_of(view)
    assert drawn(replay) == [(1, ["first"]), (4, ["second"]), (7, [])]
    assert read(json.dumps(replay)) == replay


def test_the_last_frame_of_a_replay_lists_what_is_drawn(view: vultorch.View) -> None:
    view.panel("p").canvas("c").captions("it stays")
    view.run(max_frames=5)
    assert drawn(replay_of(view)) == [(1, ["it stays"]), (5, ["it stays"])]


def test_annotations_count_for_the_size_of_a_replay() -> None:
    view = vultorch.View("t", headless=True, replay_bytes=1 << 16)
    canvas = view.panel("p").canvas("c").bind(torch.zeros(32, 32))

    @view.on_frame
    def frame() -> None:
        canvas.points(torch.rand(500, 2) * 32)

    view.run(max_frames=60)
    document = json.dumps(replay_of(view))
    assert 1 < len(read(document)["frames"]) < 12
    assert len(document) < 3 << 16
