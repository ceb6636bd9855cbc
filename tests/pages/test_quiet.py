"""Ticks in which a view has nothing to tell its pages."""

from __future__ import annotations

import time

import torch

import vultorch_widget as vultorch
from tests.page import Page


def test_a_tick_is_quiet_until_something_is_due() -> None:
    view = vultorch.View("quiet", headless=True, max_fps=20)
    publisher, hearing = view._parts.publisher, view._parts.hearing
    assert not publisher.quiet(time.monotonic())  # nobody can be told anything, which `publish` says otherwise
    tensor = torch.zeros(8, 8, 3)
    view.panel("p").canvas("c").bind(tensor)
    page = Page(view).open((8, 8))
    hearing.drain()
    assert not publisher.quiet(time.monotonic())  # a page that has just opened
    view.on_frame(lambda: tensor.add_(0.1))
    view.run(max_frames=1)
    page.report()
    hearing.drain()

    now = time.monotonic() + 1  # a time that no frame was due before
    tensor += 0.1
    painted = page.painted
    assert publisher.publish(now, resting=False)
    assert page.painted == painted + 1
    tensor += 0.1
    assert publisher.quiet(now + 0.01)
    publisher.hurry()
    assert not publisher.quiet(now + 0.01)  # controls and scalars are due
    assert publisher.publish(now + 0.06, resting=False)
    assert page.painted == painted + 2
    assert publisher.quiet(now + 0.07)
    assert not publisher.quiet(now + 0.2)  # the next picture is due
    publisher.resync()
    assert not publisher.quiet(now + 0.07)  # a page lacks everything
    view.close()
