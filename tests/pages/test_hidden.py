"""What pages get while they do not show the view: scrolled away, or behind another tab."""

from __future__ import annotations

import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page

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
