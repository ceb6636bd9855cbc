from __future__ import annotations

import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from vultorch_widget.pages.pacing import Pacer


def test_pictures_that_are_rarer_than_reports_have_a_rate() -> None:
    pacer, rates = Pacer(60), []
    pacer.ready("page", 0)
    for second in range(60):
        if second % 5 == 0:
            pacer.sent(second)
        pacer.report("page", seq=second // 5 + 1, painted=second // 5 + 1, age=0, visible=True, now=second + 0.2)
        rates.append(pacer.paints(second + 0.3))
    assert rates[10:] == pytest.approx([0.2] * 50)


def test_the_status_line_and_the_properties_of_the_view_tell_the_same_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    view = vultorch.View("rates", headless=True)
    picture = torch.zeros(4, 4)
    view.panel("p").canvas("c").bind(picture)
    page = Page(view).open()
    told = []

    @view.on_frame
    def frame() -> None:
        nonlocal now
        now += 0.125 if view.frame_count % 40 else 1.5  # it stalls now and then
        picture.fill_(view.frame_count % 2)
        status = view._parts.board.status()
        told.append((status.ticks_per_second, view.fps, status.shown_per_second, view.display_fps))
        page.report()

    view.run(max_frames=200)
    assert all(line == pytest.approx(fps, abs=0.05) for line, fps, _, _ in told)
    assert all(line == pytest.approx(fps, abs=0.05) for _, _, line, fps in told)
    assert told[-1][0] == pytest.approx(8, abs=0.1)
    assert told[-1][2] > 1
    view.close()
