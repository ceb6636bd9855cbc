"""What a page says is applied between two ticks where no callback is called, so that nobody waits for the next one."""

from __future__ import annotations

import asyncio

import pytest

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import PATIENCE, until
from vultorch_widget.run import runner


async def test_a_view_that_only_shows_hears_a_page_between_its_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "WATCH_INTERVAL", 10 * PATIENCE)
    view = vultorch.View("shows")
    panel = view.panel("p")
    panel.slider("rate", 0.0, 1.0, default=0.25)
    page = Page(view).open()
    view._parts.runner.start(0)
    await asyncio.sleep(0.2)  # past its first tick, if the machine is not too busy: the next one never comes
    page.set("p", "slider:rate", 0.75)
    await until(lambda: panel.get("rate") == 0.75)
    view.close()


async def test_a_view_whose_ticks_wait_for_the_end_of_a_cell_hears_a_page_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "after_cell", lambda begin: True)  # the cell never ends
    view = vultorch.View("cell")
    panel = view.panel("p")
    panel.slider("rate", 0.0, 1.0, default=0.25)
    frames = []
    view.on_frame(lambda: frames.append(panel.slider("rate", 0.0, 1.0, default=0.25)))
    page = Page(view).open()
    view._parts.runner.start(0)
    page.set("p", "slider:rate", 0.75)
    await until(lambda: panel.get("rate") == 0.75)
    assert not frames
    view.close()
