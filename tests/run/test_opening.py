"""What can be shown before a long frame ends is shown before it begins."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import PATIENCE
from vultorch_widget.pages import hearing
from vultorch_widget.run import opening

FRAME = 0.6
"""Seconds of a long frame."""


@dataclass
class Browser(Page):
    """A slow page: it reports how large its pictures are a moment after it gets the scene."""

    shown: threading.Event = field(default_factory=threading.Event)

    def _take(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        super()._take(content, buffers)
        if content["kind"] == "scene":
            ids = [canvas["id"] for panel in content["panels"] for canvas in panel["canvases"]]
            sizes = [{"canvas": name, "width": 64, "height": 64} for name in ids]
            threading.Timer(0.03, self.say, args=("resize",), kwargs={"sizes": sizes}).start()
        elif content["pictures"]:
            self.shown.set()


def _view() -> tuple[vultorch.View, Browser, list[bool]]:
    """A view of a still picture with long frames, and whether it was shown when each of them began."""
    view = vultorch.View("opening", 640, 360, headless=True)
    view.panel("GT").canvas("gt").bind(torch.ones(32, 32, 3))
    browser = Browser(view)
    seen: list[bool] = []

    @view.on_frame
    def frame() -> None:
        seen.append(browser.shown.is_set())
        time.sleep(FRAME)

    return view, browser, seen


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames wait for a page until it shows the view, however long it takes on a busy machine."""
    monkeypatch.setattr(opening, "PATIENCE", PATIENCE)
    monkeypatch.setattr(opening, "ROOM_PATIENCE", PATIENCE)
    monkeypatch.setattr(opening, "ROOM_SHARE", PATIENCE / FRAME)


def _open_soon(browser: Browser) -> None:
    threading.Timer(0.1, _open, args=(browser,)).start()


def _open_in_the_first_frame(view: vultorch.View, browser: Browser) -> None:
    def opens() -> None:
        if view.frame_count == 0:
            speaking = threading.Thread(target=_open, args=(browser,))
            speaking.start()
            speaking.join()

    view.panel("GT").on_frame(opens)


def _open(browser: Browser) -> None:
    browser.say("ready", protocol=1)


@pytest.mark.usefixtures("patient")
async def test_the_first_frame_waits_a_moment_for_a_page_that_is_about_to_open() -> None:
    view, browser, seen = _view()
    view._parts.opening.expect()
    view._parts.runner.start(0)
    _open_soon(browser)
    await asyncio.wait_for(view.wait(frames=1), PATIENCE)
    view.close()
    assert seen[0]
    assert np.all(browser.pixels("GT/gt") == 255)


@pytest.mark.usefixtures("patient")
async def test_a_page_that_opens_during_a_long_frame_waits_for_no_other() -> None:
    view, browser, seen = _view()
    view._parts.runner.start(0)
    _open_in_the_first_frame(view, browser)
    await asyncio.wait_for(view.wait(frames=2), PATIENCE)
    view.close()
    assert seen[:2] == [False, True]


async def test_a_run_that_no_page_watches_begins_all_the_same() -> None:
    view, _, seen = _view()
    view._parts.opening.expect()
    view._parts.runner.start(0)
    await asyncio.wait_for(view.wait(frames=1), PATIENCE)
    view.close()
    assert seen[0] is False


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("expected", [True, False])
def test_a_loop_of_one_s_own_does_the_same(expected: bool) -> None:
    view, browser, seen = _view()
    if expected:
        view._parts.opening.expect()
        _open_soon(browser)
    else:
        _open_in_the_first_frame(view, browser)
    while view.step():
        view.end_step()
        if view.frame_count == 2:
            view.stop()
    assert seen == [expected, True]
    view.close()


# --- while a frame keeps the thread -----------------------------------------------------------------------------------


def _busy_answers(view: vultorch.View, say: Any, after: float) -> list[dict[str, Any]]:
    """The answers to a page that sends a message ``after`` this many seconds of a frame, on a separate thread, as with
    a subshell.
    """
    answers: list[dict[str, Any]] = []
    view._parts.hearing.answer = lambda content, _: answers.append(content)
    speaking: list[threading.Thread] = []

    @view.on_frame
    def frame() -> None:
        time.sleep(after)
        speaking.append(threading.Thread(target=say))
        speaking[0].start()
        speaking[0].join()

    view.run(max_frames=1)
    return answers


@pytest.mark.parametrize("words", ["report", "pause"])
def test_a_page_that_asks_during_a_long_frame_is_told_how_long_it_has_been(words: str) -> None:
    view = vultorch.View("long", 640, 360, headless=True)
    page = Page(view).open()
    say = page.report if words == "report" else lambda: page.command("pause")
    (answer,) = _busy_answers(view, say, 1.2)
    assert (answer["kind"], answer["client"]) == ("busy", page.client)
    assert 1.2 <= answer["seconds"] < PATIENCE


def test_nobody_is_told_of_short_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "LONG_FRAME", PATIENCE)  # a frame that does nothing may take a second
    view = vultorch.View("short", 640, 360, headless=True)
    page = Page(view).open()
    assert _busy_answers(view, page.report, 0.0) == []
    # On the owner's thread, which answers by itself:
    view._parts.hearing.receive({"kind": "ready", "client": "a", "protocol": 1})
    assert view._parts.frames.elapsed == 0.0


def test_a_page_that_opens_while_the_kernel_is_busy_learns_that_it_is_there() -> None:
    view = vultorch.View("opened", 640, 360, headless=True)
    page = Page(view)
    answers = _busy_answers(view, page.open, 0.0)
    assert [answer["kind"] for answer in answers] == ["busy"]
