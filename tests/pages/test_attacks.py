"""Absurd input from a page or a program has no lasting effect, and never takes memory for long."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import vultorch_widget as vultorch
from tests.page import Page
from tests.pages.test_file_exchange import OPEN, Sender
from tests.tree.test_pointer import point
from vultorch_widget.pages import file_exchange as exchange
from vultorch_widget.pages.pacing import FORGET, MOST_PAGES, REPORT_INTERVAL, Pacer
from vultorch_widget.protocol.messages import PROTOCOL_VERSION

HALF = "\ud800"
"""Half of a surrogate pair: valid in JSON, but not in UTF-8, and so not in any message."""


class Wire(Page):
    """A page that is sent bytes, as Jupyter sends them."""

    def _take(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        super()._take(json.loads(json.dumps(content, ensure_ascii=False).encode()), buffers)


def test_half_a_surrogate_pair_is_shown_as_a_question_mark_wherever_it_stands() -> None:
    view = vultorch.View(f"title {HALF}", headless=True)
    panel = view.panel(f"panel {HALF}")
    canvas = panel.canvas(f"canvas {HALF}").bind(torch.rand(8, 8, 3))
    panel.text(f"text {HALF}")
    assert (view.panel(f"panel {HALF}"), panel.canvas(f"canvas {HALF}")) == (panel, canvas)
    page = Wire(view).open()

    @view.on_frame
    def frame() -> None:
        view.log(**{f"loss {HALF}": 1.0})
        if view.frame_count == 2:
            raise RuntimeError(f"wrong {HALF}")

    with pytest.raises(RuntimeError):
        view.run(max_frames=5)
    assert page.scenes[-1]["title"] == "title ?"
    assert page.pixels("panel ?/canvas ?").shape == (8, 8, 3)
    assert page.status["failure"]["summary"].endswith("wrong ?")
    assert "loss ?" in {patch["name"] for content, _ in page.updates for patch in content["series"]}
    widget = view.widget
    view._parts.runner.save()
    assert widget._summary.startswith("title ?: failed at step")
    view.close()


absurd = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1e308, -1e308, 1e-308, -1e4, 0.0])


@given(
    st.lists(
        st.tuples(st.sampled_from(["wheel", "left", "right", "middle"]), absurd, absurd, absurd), min_size=1, max_size=6
    )
)
def test_no_number_from_a_page_fails_a_scene_or_takes_it_where_no_hand_brings_it_back(
    strokes: list[tuple[str, float, float, float]],
) -> None:
    view = vultorch.View("attacked", headless=True)
    scene = vultorch.SceneView("s", 16, 12, msaa=1, window=view.window)
    scene.set_tensor(torch.rand(4, 4, 3))
    scene.render()
    page = Page(view).open()
    for what, x, y, wheel in strokes:
        if what == "wheel":
            point(page, "wheel", x, y, canvas="s/s", wheel=wheel)
        else:
            point(page, "press", 0.0, 0.0, canvas="s/s", button=what, buttons=[what], stroke=1)
            point(page, "move", x, y, canvas="s/s", buttons=[what], stroke=1)
    page.command("rate", strokes[0][3])
    view.run(max_frames=1)
    assert view.last_error is None
    camera = scene.camera.checked()
    assert abs(camera.azimuth) < 1e4
    assert 0.05 <= camera.distance <= 1000
    assert all(abs(place) <= 1000 for place in camera.target)
    assert view.tick_rate == 0 or 0.01 <= view.tick_rate <= 10_000
    view.close()


def test_an_event_has_finite_numbers_only() -> None:
    view = vultorch.View("attacked", headless=True)
    events: list[vultorch.PointerEvent] = []
    view.panel("p").canvas("c").bind(torch.zeros(4, 4, 3)).on_pointer(events.append)
    page = Page(view).open()
    point(page, "press", -1e308, 1e308, button="left", buttons=["left"], stroke=1)
    point(page, "move", 1e308, -1e308, buttons=["left"], stroke=1)
    point(page, "wheel", 0, 0, wheel=-1e308)
    view.run(max_frames=1)
    assert len(events) == 3
    assert all(math.isfinite(number) for event in events for number in (event.x, event.y, event.dx, event.dy))
    assert events[-1].wheel == -100
    view.close()


# --- memory ----------------------------------------------------------------------------------------------------------


def test_what_waits_in_the_inbox_is_bounded_by_its_bytes() -> None:
    view = vultorch.View("attacked", headless=True)
    view.panel("p").canvas("c").bind(torch.zeros(4, 4, 3))
    page = Page(view)
    name = "x" * 1000
    for number in range(50):
        page.client = f"page-{number}"
        page.say("resize", sizes=[{"canvas": f"{name}{i}", "width": 1, "height": 1} for i in range(4000)])
    inbox = view._parts.hearing.inbox
    assert len(inbox) <= 3
    assert sum(exchange.weight(message) * exchange.UNIT for _, message, _ in inbox.drain()) <= 64 << 20
    view.close()


def test_rooms_of_canvases_that_are_not_there_are_not_kept() -> None:
    view = vultorch.View("attacked", headless=True)
    view.panel("p").canvas("c").bind(torch.zeros(4, 4, 3))
    page = Page(view).open()
    for number in range(1000):
        page.client = f"page-{number}"
        page.say("resize", sizes=[{"canvas": f"none {number}", "width": 1, "height": 1}])
        view._parts.hearing.drain()
    publisher = view._parts.publisher
    assert len(publisher._rooms_of) <= 256
    assert not any(publisher._rooms_of.values())
    view.close()


def test_pages_that_have_gone_without_a_word_are_forgotten() -> None:
    pacer = Pacer(60)
    for number in range(10_000):
        pacer.ready(f"dead {number}", 0.0)
    assert len(pacer._pages) <= MOST_PAGES
    for step in range(2):
        pacer.due(1.0 + step)
        pacer.sent(1.0 + step)
    later = FORGET + 10
    pacer.due(later - 0.01)
    pacer.due(later)
    pacer.ready("alive", later)
    assert list(pacer._pages) == ["alive"]
    assert pacer.watching(later) == ["alive"]


def test_a_page_that_was_forgotten_is_sent_everything_when_it_speaks_again() -> None:
    pacer = Pacer(60)
    pacer.ready("slept", 0.0)
    pacer.due(1.0)
    pacer.sent(1.0)
    pacer.due(FORGET + 10)
    pacer.due(FORGET + 10.01)
    pacer.ready("other", FORGET + 10.01)
    assert "slept" not in pacer.watching(FORGET + 10.01)
    assert pacer.report("slept", seq=1, painted=1, age=0, visible=True, now=FORGET + 11)
    assert set(pacer.watching(FORGET + 11)) == {"slept", "other"}


@pytest.mark.parametrize("age", [1e300, -1e300])
def test_an_age_that_cannot_be_does_not_slow_a_page_down_for_good(age: float) -> None:
    pacer = Pacer(60)
    pacer.ready("page", 0.0)
    now = painted = 0.0
    for report in range(40):
        for _ in range(8):
            now += REPORT_INTERVAL / 8
            if pacer.due(now):
                painted = pacer.sent(now)
        lag = age if report == 0 else -0.0
        pacer.report("page", seq=int(painted), painted=int(painted), age=lag, visible=True, now=now + 0.1)
        now += 0.1
    assert pacer.rate(now) > 30


def test_uploads_that_others_have_replaced_go_when_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "KEPT_BYTES", 10)
    view = vultorch.View("files", headless=True)
    page = Sender(view)
    paths: list[Path] = []

    @view.on_frame
    def frame() -> None:
        if path := view.panel("p").file_dialog("Open"):
            paths.append(Path(path))

    page.say("ready", protocol=PROTOCOL_VERSION)
    view.run(max_frames=1)
    for number in range(4):
        page.send(b"12345678", upload=f"u{number}", name="a.bin", size=8, control=OPEN)
        view.run(max_frames=1)
    assert [path.exists() for path in paths] == [False, False, False, True]
    view.close()


# --- recordings ------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_stopping_a_recording_that_failed_says_why(tmp_path: Path) -> None:
    (tmp_path / "film.gif").symlink_to("/dev/full")
    view = vultorch.View("films", headless=True)
    canvas = view.panel("p").canvas("c")
    canvas.start_recording(tmp_path / "film.gif")
    view.on_frame(lambda: canvas.bind(torch.rand(64, 64, 3)))

    def until_it_has_failed() -> None:
        while canvas.is_recording:
            view.run(max_frames=1)
        view.run(max_frames=1)
        view.close()

    with pytest.warns(RuntimeWarning, match="failed"):
        until_it_has_failed()
    with pytest.raises(RuntimeError, match=r"film\.gif failed after \d+ frames.*No space left"):
        canvas.stop_recording()


def test_stopping_a_recording_twice_says_where_it_is(tmp_path: Path) -> None:
    view = vultorch.View("films", headless=True)
    canvas = view.panel("p").canvas("c").bind(torch.rand(64, 64, 3))
    canvas.start_recording(tmp_path / "film.gif")
    view.on_frame(lambda: None)
    view.run(max_frames=2)
    canvas.stop_recording()
    with pytest.raises(RuntimeError, match=r"film\.gif was stopped before"):
        canvas.stop_recording()
    view.close()
