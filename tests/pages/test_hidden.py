"""What pages get while they do not show the view: scrolled away, or behind another tab."""

from __future__ import annotations

import time

import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from vultorch_widget.render.renderer import Rendering

FRAMES = 5


def fail() -> None:
    raise ValueError("a bad batch")


ENDINGS = {
    "closed": vultorch.View.close,
    "stopped": vultorch.View.stop,
    "paused": vultorch.View.pause,
    "failed": lambda _: fail(),
}


@pytest.mark.parametrize("state", [*ENDINGS])
def test_a_page_that_does_not_look_is_sent_the_first_frame_and_the_end_and_nothing_between(state: str) -> None:
    view = vultorch.View("hidden", 640, 360, headless=True)
    tensor = view.panel("p").canvas("c").bind(torch.zeros(8, 8, 3)).tensor
    page = Page(view).open()
    page.report(visible=False)
    before = []
    while view.step():
        before.append(len(page.updates))
        if view.frame_count == FRAMES:
            tensor.fill_(1.0)
            view.on_frame(lambda: ENDINGS[state](view))
        view.log(loss=0.5)
        try:
            view.end_step()
        except ValueError:
            break
        if view.state == "paused":
            break
    assert view.state == state
    first, *between = before
    assert first == 0
    assert between == [1] * len(between)  # so that its controls are there when it is scrolled to
    assert (page.pixels("p/c", lossless=True) == 255).all()
    assert page.status["state"] == state
    assert page.status["iteration"] == FRAMES + 1
    assert any(content["series"] for content, _ in page.updates)


def test_a_run_that_rests_tells_hidden_pages_once() -> None:
    view = vultorch.View("hidden", 640, 360, headless=True)
    view.panel("p").canvas("c").bind(torch.zeros(8, 8, 3))
    page = Page(view).open()
    page.report(visible=False)
    view.on_frame(lambda: None)
    view.run(max_frames=3)
    sent = len(page.updates)
    assert sent > 0
    for _ in range(5):
        view._parts.runner.save()
    assert len(page.updates) == sent


def test_nobody_is_sent_anything_where_no_page_has_been() -> None:
    view = vultorch.View("hidden", 640, 360, headless=True)
    view.panel("p").canvas("c").bind(torch.zeros(8, 8, 3))
    page = Page(view)
    view.on_frame(lambda: None)
    view.run(max_frames=3)
    view.close()
    assert page.updates == []
    assert page.scenes == []


def away(page: Page, way: str) -> None:
    """The page stops showing the present."""
    if way == "hidden":
        page.report(visible=False)
    elif way == "looking back":
        page.say("look_back", back=True)
    else:
        page.say("gone")


def returned(page: Page, way: str) -> None:
    if way == "hidden":
        page.report()
    elif way == "looking back":
        page.say("look_back", back=False)
    else:
        page.open((8, 8))


@pytest.mark.parametrize("way", ["hidden", "looking back", "gone"])
def test_a_frame_that_was_in_flight_when_nobody_looked_is_never_sent(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    view = vultorch.View("hidden", headless=True)
    publisher, hearing, pending = view._parts.publisher, view._parts.hearing, view._parts.pictures.pending
    tensor = view.panel("p").canvas("c").bind(torch.zeros(8, 8, 3)).tensor
    page = Page(view).open((8, 8))
    view.on_frame(lambda: None)
    view.run(max_frames=1)
    page.report()
    hearing.drain()

    tensor.fill_(0.5)
    now = time.monotonic() + 1
    with monkeypatch.context() as slow:
        slow.setattr(Rendering, "ready", False)
        assert not publisher.publish(now, resting=False)
        assert pending
        away(page, way)
        hearing.drain()
        publisher.publish(now + 0.5, resting=False)
    tensor.fill_(1.0)
    sent = len(page.updates)
    returned(page, way)
    hearing.drain()
    for later in (60.0, 60.5):
        publisher.publish(now + later, resting=False)
    shown = [page.decoded(*update, "p/c") for update in page.updates[sent:]]
    values = [int(pixels.max()) for pixels in shown if pixels is not None]
    assert values
    assert set(values) == {255}
    view.close()
