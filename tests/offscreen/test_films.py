"""Films in a page: the button, the progress, and the file by its token."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import wait_until
from tests.render.slow_device import finish_later
from tests.replay.runs import replay_of
from vultorch_widget.render.compositor import CompositorError
from vultorch_widget.transfer import downloads
from vultorch_widget.transfer.downloads import Downloads


@pytest.fixture
def view() -> vultorch.View:
    view = vultorch.View("Recorded", headless=True, tick_rate=100)
    view.panel("p").canvas("c").bind(torch.rand(16, 16, 3))
    return view


def chunks(view: vultorch.View, page: Page, token: str, offset: int = 0) -> list[tuple[dict[str, Any], list[bytes]]]:
    """The kernel's answers to a page that asks for parts of a file."""
    answers: list[tuple[dict[str, Any], list[bytes]]] = []
    view._parts.channel._send = lambda content, buffers: answers.append((content, buffers))
    page.say("fetch", token=token, offset=offset)
    view._parts.hearing.drain()
    view._parts.channel._send = page._take
    return answers


def test_the_button_records_and_the_file_is_fetched(view: vultorch.View, tmp_path: Path) -> None:
    canvas = view.panel("p").canvas("c")
    recorded = []
    view.on_frame(lambda: recorded.append(view.panel("p").record_button(canvas, tmp_path / "a.gif")))
    page = Page(view).open()
    view.run(max_frames=3)
    ident = f"record_button:###p/c {tmp_path / 'a.gif'}"
    assert page.control("p", ident)["label"] == "Record"
    page.set("p", ident, True)
    view.run(max_frames=30)
    assert recorded[:3] == [False] * 3
    assert recorded[-1] is True
    assert page.control("p", ident) | {"label": "Stop recording", "state": "recording"} == page.control("p", ident)
    assert page.status["recordings"][0]["state"] == "recording"
    assert page.status["recordings"][0]["token"] == ""
    page.set("p", ident, True, 2)
    view._parts.hearing.drain()
    view._parts.offscreen.films.by_subject[canvas.id].join()
    wait_until(lambda: view.run(max_frames=1) or page.status["recordings"][0]["state"] == "saved")
    (status,) = page.status["recordings"]
    file = (tmp_path / "a.gif").read_bytes()
    assert (status["state"], status["bytes"], status["path"]) == ("saved", len(file), str(tmp_path / "a.gif"))
    ((content, buffers),) = chunks(view, page, status["token"])
    assert (content["client"], content["name"], content["size"], content["error"]) == ("page-1", "a.gif", len(file), "")
    assert buffers == [file]
    view.close()


def test_after_the_last_recording_a_tick_may_be_quiet_again(view: vultorch.View, tmp_path: Path) -> None:
    canvas, films = view.panel("p").canvas("c"), view._parts.offscreen.films
    view.on_frame(lambda: None)
    assert films.idle
    canvas.start_recording(tmp_path / "a.gif", fps=100)
    assert not films.idle
    wait_until(lambda: view.run(max_frames=1) or films.by_subject[canvas.id].frames > 1)
    canvas.stop_recording()
    films.by_subject[canvas.id].join()
    assert not films.idle  # a failure would still have to be reported
    view.run(max_frames=1)
    assert films.idle
    films.toggle(canvas.id, tmp_path / "missing" / "a.gif", fps=30, quality=0.8)
    assert not films.idle
    view.run(max_frames=1)
    assert films.idle
    assert "there is no folder" in view._parts.tree.notices[-1]
    view.close()


def test_the_tick_that_ends_a_frame_begins_the_next(
    view: vultorch.View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas, film_frames = view.panel("p").canvas("c"), view._parts.offscreen.film_frames
    canvas.start_recording(tmp_path / "a.gif", fps=100)
    finish_later(monkeypatch)
    now = time.monotonic()
    for tick in range(4):
        film_frames.take(now + 0.02 * tick)
    canvas.stop_recording()
    (film,) = film_frames.films.by_subject.values()
    film.join()
    assert (film.frames, film.dropped) == (3, 0)
    view.close()


def test_only_what_was_offered_is_handed_out(view: vultorch.View, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    page = Page(view).open()
    for token in ("", str(tmp_path / "secret.txt"), "../secret.txt"):
        ((content, buffers),) = chunks(view, page, token)
        assert content["error"] == "this file is no longer on offer"
        assert buffers == []
    view.close()


def test_parts_make_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "PART_BYTES", 7)
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(20)))
    offers = Downloads()
    token = offers.offer(path)
    assert offers.offer(path) == token
    data = b"".join(offers.read(token, offset).data for offset in (0, 7, 14))
    assert data == bytes(range(20))
    with pytest.raises(ValueError, match="offset 21 is not in a file of 20 bytes"):
        offers.read(token, 21)
    path.write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"a\.bin has changed since it was offered"):
        offers.read(token, 0)
    assert offers.offer(path) != token
    path.unlink()
    with pytest.raises(ValueError, match=r"a\.bin cannot be read"):
        offers.read(token, 0)
    assert offers.offer(path) == ""


def test_large_files_are_not_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "MOST_BYTES", 10)
    (tmp_path / "a.bin").write_bytes(bytes(11))
    assert Downloads().offer(tmp_path / "a.bin") == ""


def test_a_replay_shows_the_button_as_it_began(view: vultorch.View, tmp_path: Path) -> None:
    canvas = view.panel("p").canvas("c")
    view.panel("p").record_button(canvas, tmp_path / "a.gif")
    view.run(max_frames=2)
    canvas.start_recording(tmp_path / "a.gif")
    view.run(max_frames=2)
    (panel,) = replay_of(view)["scene"]["panels"]
    assert [(control["kind"], control["label"], control["state"]) for control in panel["controls"]] == [
        ("record_button", "Record", "ready")
    ]
    view.close()


def test_a_recording_that_cannot_be_composited_leaves_the_pages_theirs(
    view: vultorch.View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise CompositorError("out of memory")

    page = Page(view).open()
    monkeypatch.setattr(view._parts.offscreen.film_renderer, "submit", full)
    view.start_recording(tmp_path / "a.gif")
    view.on_frame(lambda: view.panel("p").canvas("c").bind(torch.rand(16, 16, 3)))
    view.run(max_frames=30)
    assert page.pixels("p/c").shape[:2] == (16, 16)
    assert view._parts.tree.notices == ["A frame could not be composited: out of memory"]
    view.close()
