"""A page that looks back while the run goes on: it gets the recorder's key frames, and no pictures of the present."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import wait_until


@pytest.fixture
def view() -> Iterator[vultorch.View]:
    """A view whose picture has the brightness of its step, beside one that never changes."""
    view = vultorch.View("past", 640, 360, headless=True)
    shown = torch.zeros(8, 8)
    view.panel("p").canvas("still").bind(torch.full((8, 8), 0.5))
    view.panel("p").canvas("c").bind(shown)

    @view.on_frame
    def frame() -> None:
        shown.fill_(view.frame_count / 100)
        view.panel("p").text(f"at {view.frame_count}")
        view.log(loss=1.0)

    yield view
    view.close()


def recorded(view: vultorch.View, page: Page, frames: int) -> list[int]:
    """Runs the view until it has recorded ``frames`` key frames and ``page`` knows of them; returns their steps."""
    steps: set[int] = set()

    def enough() -> bool:
        view.run(max_frames=1)
        page.report()
        steps.clear()
        for content, _ in page.updates:
            if (news := content["key_frames"]) is not None:
                steps.update(news["taken"])
                steps.difference_update(news["dropped"])
        return len(steps) >= frames

    wait_until(enough)
    return sorted(steps)


def moment(
    view: vultorch.View, page: Page, step: int, have: tuple[int, ...] = (), branch: str = ""
) -> tuple[dict[str, Any], list[bytes]]:
    page.say("fetch_moment", step=step, have=list(have), branch=branch)
    view._parts.hearing.drain()
    return page.moments[-1]


def brightness(found: dict[str, Any], buffers: list[bytes], canvas: str) -> int:
    (picture,) = [each for each in found["pictures"] if each["canvas"] == canvas]
    return int(np.asarray(Image.open(io.BytesIO(buffers[picture["buffer"]])).convert("RGB"))[0, 0, 0])


def test_the_key_frame_at_or_before_a_step_comes_with_its_pictures_and_controls(view: vultorch.View) -> None:
    page = Page(view).open()
    steps = recorded(view, page, 3)
    found, buffers = moment(view, page, steps[1])
    assert found["step"] == steps[1]
    assert brightness(found, buffers, "p/c") == pytest.approx(2.55 * (steps[1] - 1), abs=3)
    (panel,) = found["controls"]
    assert [text["text"] for text in panel["changed"] if text["kind"] == "text"] == [f"at {steps[1] - 1}"]
    assert moment(view, page, 10_000)[0]["step"] == view._parts.offscreen.replay.builder.key_frames.frames[-1].step


def test_a_picture_that_a_page_has_from_another_moment_is_not_sent_again(view: vultorch.View) -> None:
    page = Page(view).open()
    steps = recorded(view, page, 3)
    found, buffers = moment(view, page, steps[2], have=(steps[0],))
    pictures = {each["canvas"]: each for each in found["pictures"]}
    assert (pictures["p/still"]["like"], pictures["p/still"]["buffer"]) == (steps[0], -1)
    assert (pictures["p/c"]["like"], len(buffers)) == (-1, 1)


def test_a_page_that_looks_back_gets_no_pictures_of_the_present_but_all_the_rest(view: vultorch.View) -> None:
    page = Page(view).open()
    recorded(view, page, 2)
    page.say("look_back", back=True)
    view.run(max_frames=1)
    before, seen = page.painted, len(page.updates)

    def goes_on() -> bool:
        page.say("look_back", back=True)  # as pages do now and then, or they count as dead
        view.run(max_frames=1)
        return any(content["series"] for content, _ in page.updates[seen:])

    wait_until(goes_on)
    assert page.painted == before
    page.say("look_back", back=False)
    wait_until(lambda: bool(view.run(max_frames=1)) or page.painted > before)


def test_another_page_stays_live(view: vultorch.View) -> None:
    page = Page(view).open()
    recorded(view, page, 2)
    page.say("look_back", back=True)
    other = Page(view, client="page-2").open()

    def live() -> bool:
        view.run(max_frames=1)
        other.report()
        return other.painted > 3

    wait_until(live)


def test_a_new_run_has_another_number(view: vultorch.View) -> None:
    page = Page(view).open()
    recorded(view, page, 2)
    first = moment(view, page, 0)[0]["run"]
    view._parts.runner.reset()
    assert moment(view, page, 0)[0]["step"] == -1
    view.run(max_frames=1)
    page.report()
    assert moment(view, page, 0)[0]["run"] > first


def test_pages_are_told_where_controls_were_moved(view: vultorch.View) -> None:
    page = Page(view).open()
    view.on_frame(lambda: view.panel("p").slider("lr", 0.0, 1.0, default=0.5))
    recorded(view, page, 2)
    page.set("p", "slider:lr", 0.25)

    def told() -> list[str]:
        view.run(max_frames=1)
        page.report()
        return [move["text"] for content, _ in page.updates for move in content["moves"] or ()]

    wait_until(lambda: "lr 0.25" in told())


def branches(page: Page) -> list[dict[str, Any]]:
    """The branches as the page knows them."""
    told = [content["key_frames"] for content, _ in page.updates if content["key_frames"] is not None]
    return next((news["branches"] for news in reversed(told) if news["branches"] is not None), [])


def test_the_key_frames_of_a_branch_that_was_left_can_be_looked_at(view: vultorch.View) -> None:
    view.checkpoint({"nothing": 0})
    page = Page(view).open()
    steps = recorded(view, page, 5)
    view.rewind(steps[2])
    view.run(max_frames=2)
    view._parts.showing.publish(resting=True)
    (left,) = branches(page)
    assert (left["name"], left["shared"], left["last"] >= steps[4]) == ("branch 1", steps[2], True)
    assert left["steps"][:2] == steps[3:5]
    found, buffers = moment(view, page, steps[4], branch="branch 1")
    assert (found["branch"], found["step"]) == ("branch 1", steps[4])
    assert brightness(found, buffers, "p/c") == pytest.approx(2.55 * (steps[4] - 1), abs=3)
    found, buffers = moment(view, page, steps[1], branch="branch 1")  # of both
    assert brightness(found, buffers, "p/c") == pytest.approx(2.55 * (steps[1] - 1), abs=3)
    assert moment(view, page, steps[4], branch="no such branch")[0]["step"] == -1


def test_pages_are_told_what_happened_in_a_branch_and_its_best_values(view: vultorch.View) -> None:
    view.checkpoint({"nothing": 0})
    page = Page(view).open()
    steps = recorded(view, page, 3)
    panel = view.panel("p")
    view.on_frame(lambda: view.log(loss=panel.slider("lr", 0.0, 1.0, default=0.5) / view.frame_count))
    view.run(max_frames=2)
    panel.set("lr", 0.25)
    view.run(max_frames=2)
    view.note("there")
    end = view.iteration
    view.rewind(steps[1])
    view._parts.showing.publish(resting=True)
    (left,) = branches(page)
    assert [(mark["step"], mark["text"]) for mark in left["marks"] if mark["kind"] == "note"] == [(end, "there")]
    assert [move["text"] for move in left["moves"]] == ["lr 0.25"]
    (best,) = left["bests"]
    assert (best["series"], best["best"]["step"], best["best"]["highest"]) == ("loss", end, False)


def test_a_page_that_is_loaded_anew_knows_all_branches_along_their_whole_way(view: vultorch.View) -> None:
    view.checkpoint({"nothing": 0})
    page = Page(view).open()
    steps = recorded(view, page, 6)
    view.rewind(steps[3])
    recorded(view, page, 6)
    view.rewind(steps[1])
    other = Page(view, client="page-2").open()
    view._parts.hearing.drain()
    view._parts.showing.publish(resting=True)
    first, second = branches(other)
    assert (first["name"], first["shared"], first["steps"][: len(steps) - 2]) == ("branch 1", steps[1], steps[2:])
    assert (second["name"], second["shared"], second["steps"][:2]) == ("branch 2", steps[1], steps[2:4])
    view.rewind(branch="branch 2")
    view._parts.showing.publish(resting=True)
    assert [(one["name"], one["shared"]) for one in branches(other)] == [("branch 1", steps[3])]


def test_the_branch_that_a_reset_has_left_shares_nothing_with_the_new_run(view: vultorch.View) -> None:
    view.checkpoint({"nothing": 0})
    page = Page(view).open()
    steps = recorded(view, page, 3)
    view._parts.runner.reset()
    recorded(view, page, 2)
    (left,) = branches(page)
    assert (left["shared"], left["steps"][:3]) == (-1, steps)
