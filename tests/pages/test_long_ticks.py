"""Frames of a device that finishes them after the tick in which they were begun."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.render.slow_device import finish_later
from vultorch_widget.protocol.messages import Report

TICK = 0.02
"""Seconds between two ticks, in which a frame is always finished."""


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], list[int]]:
    """Shows the values 1, 2, ... 100 in ticks of `TICK` at a maximum frame rate, and returns what the page got in each
    of the last 20, 0 for nothing. By then it has shown how much it can paint.
    """

    def show(max_fps: float) -> list[int]:
        view = vultorch.View("long ticks", headless=True, max_fps=max_fps)
        publisher, hearing = view._parts.publisher, view._parts.hearing
        tensor = torch.zeros(8, 8, dtype=torch.uint8)
        view.panel("p").canvas("c").bind(tensor)
        page = Page(view).open((8, 8))
        view.on_frame(lambda: None)
        view.run(max_frames=1)
        page.report()
        hearing.drain()
        finish_later(monkeypatch)
        got = []
        now = time.monotonic() + 1
        for tick in range(1, 101):
            now += TICK
            tensor.fill_(tick)
            sent = len(page.updates)
            publisher.publish(now, resting=False)
            new = [page.decoded(*update, "p/c") for update in page.updates[sent:]]
            got.append(max((int(pixels.max()) for pixels in new if pixels is not None), default=0))
            said = {"painted": page.painted, "age_ms": 0.0, "visible": True, "resync": False}
            times = {"next_ms": 250.0, "beat_ms": 0.0, "early_ms": 0.0}
            publisher.report(Report(client=page.client, seq=page.seq, **said, **times), now + TICK / 2)
        view.close()
        return got[-20:]

    return show


def test_every_tick_is_shown_if_ticks_are_longer_than_frames(shown: Callable[[float], list[int]]) -> None:
    assert shown(1.2 / TICK) == [*range(80, 100)]


def test_no_more_frames_are_begun_than_are_due(shown: Callable[[float], list[int]]) -> None:
    assert sum(value > 0 for value in shown(0.7 / TICK)) == 14
