"""Files from a page and to it, message by message."""

from __future__ import annotations

import errno
import gc
import hashlib
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import wait_until
from tests.replay.runs import replay_of
from vultorch_widget.transfer import uploads

OPEN = "file_dialog:Open"


class Sender(Page):
    """A page that sends files. ``answers`` are the kernel's replies to each part, for any page."""

    def __post_init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        super().__post_init__()

    def _take(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        if content["kind"] == "received":
            self.answers.append(content)
        elif content["kind"] != "chunk":
            super()._take(content, buffers)

    def send(self, data: bytes | None, offset: int = 0, *, upload: str = "u", client: str = "", **fields: Any) -> Any:
        """Sends a part, makes the kernel apply it, and returns the answer."""
        fields = {"name": "cat.png", "size": len(data or b""), "panel": "p", "control": OPEN, "buffer": 0} | fields
        message = {"kind": "upload", "client": client or self.client, "upload": upload, "offset": offset, **fields}
        self.view._parts.hearing.receive(message, [] if data is None else [memoryview(data)])
        self.view._parts.hearing.drain()
        return self.answers[-1]


@pytest.fixture
def view() -> vultorch.View:
    view = vultorch.View("Files", headless=True)
    view.panel("p").canvas("c").bind(torch.rand(8, 8, 3))
    return view


@pytest.fixture
def page(view: vultorch.View) -> Sender:
    view.panel("p").file_dialog("Open", max_bytes=3_000_000)
    page = Sender(view)
    page.open()
    return page


def opened(view: vultorch.View) -> str | None:
    return view.panel("p").file_dialog("Open", max_bytes=3_000_000)


def files(view: vultorch.View) -> list[Path]:
    """Everything in the view's folder."""
    folder = view._parts.exchange.folder._path
    return [] if folder is None else [path for path in folder.rglob("*") if path.is_file()]


def test_parts_make_the_file_and_its_path_is_told_once(view: vultorch.View, page: Sender) -> None:
    data = os.urandom(2_500_000)
    for offset in range(0, len(data), 1 << 20):
        part = data[offset : offset + (1 << 20)]
        answer = page.send(part, offset, name="../../Große Katze.EXR", size=len(data))
        assert (answer["bytes"], answer["error"], answer["upload"]) == (offset + len(part), "", "u")
        assert offset + len(part) == len(data) or opened(view) is None
    path = opened(view)
    assert path is not None
    assert Path(path).name == "Große Katze.EXR"
    assert hashlib.sha256(Path(path).read_bytes()).digest() == hashlib.sha256(data).digest()
    assert opened(view) is None
    view.run(max_frames=3)
    control = page.control("p", OPEN)
    assert (control["name"], control["size"]) == ("Große Katze.EXR", len(data))
    view.close()
    assert not Path(path).exists()


def test_an_empty_file_is_a_file(view: vultorch.View, page: Sender) -> None:
    assert page.send(b"")["error"] == ""
    assert Path(opened(view) or "").read_bytes() == b""


def test_a_later_file_has_a_place_of_its_own(view: vultorch.View, page: Sender) -> None:
    page.send(b"first")
    first = opened(view)
    page.send(b"second", upload="v")
    assert Path(opened(view) or "").read_bytes() == b"second"
    assert Path(first or "").read_bytes() == b"first"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([(b"x", 0, {"size": 3_000_001})], r"'cat.png' has 3,000,001 bytes; at most 3,000,000 are taken here"),
        ([(b"x", 0, {"size": -1})], r"'cat.png' has -1 bytes"),
        ([(b"x", 5, {"size": 9})], r"'cat.png' did not arrive from its beginning"),
        ([(b"abc", 0, {"size": 9}), (b"d", 4, {"size": 9})], r"1 bytes at 4 are not what follows; 3 of 9 are there"),
        ([(b"abc", 0, {"size": 9}), (b"c", 2, {"size": 9})], r"1 bytes at 2 are not what follows"),
        ([(b"abcdef", 0, {"size": 4})], r"6 bytes at 0 are not what follows; 0 of 4 are there"),
        ([(b"abc", 0, {"size": 9}), (b"", 3, {"size": 9})], r"0 bytes at 3 are not what follows"),
        ([(None, 0, {"size": 9})], r"a part has at most 1,048,576 bytes"),
        ([(b"x", 0, {"size": 9, "buffer": 1})], r"in a buffer of its message"),
        ([(b"x", 0, {"size": 9, "buffer": -1})], r"in a buffer of its message"),
        ([(bytes((1 << 20) + 1), 0, {"size": 2 << 20})], r"a part has at most 1,048,576 bytes"),
        ([(b"x", 0, {"control": "file_dialog:Other"})], r"no file dialog 'file_dialog:Other' is shown"),
        ([(b"x", 0, {"panel": "q"})], r"view 'Files' has no panel 'q'"),
    ],
)
def test_what_cannot_be_taken_is_told_and_leaves_nothing(
    view: vultorch.View, page: Sender, parts: list[tuple[bytes, int, dict[str, Any]]], said: str
) -> None:
    for data, offset, fields in parts:
        answer = page.send(data, offset, **fields)
    assert answer["client"] == page.client
    with pytest.raises(ValueError, match=said):
        raise ValueError(answer["error"])
    assert view._parts.channel.refused == 1
    assert files(view) == []
    assert opened(view) is None
    assert page.send(b"again", upload="v")["error"] == ""  # nothing is left in the way
    assert Path(opened(view) or "").read_bytes() == b"again"


def test_a_disk_that_is_full_is_told(view: vultorch.View, page: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    page.send(b"abc", size=9)
    monkeypatch.setattr(Path, "open", full)
    assert page.send(b"def", 3, size=9)["error"] == (
        "'cat.png' cannot be written on the kernel's machine: No space left on device"
    )
    monkeypatch.undo()
    assert files(view) == []


@pytest.mark.parametrize("leaves", ["gone", "cancel_upload"])
def test_half_a_file_goes_with_its_page(view: vultorch.View, page: Sender, leaves: str) -> None:
    page.send(b"abc", size=9)
    assert len(files(view)) == 1
    page.say(leaves, **({"upload": "u"} if leaves == "cancel_upload" else {}))
    view._parts.hearing.drain()
    assert files(view) == []
    assert "did not arrive from its beginning" in page.send(b"def", 3, size=9)["error"]


def test_a_page_that_says_nothing_for_long_is_taken_for_gone(
    view: vultorch.View, page: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("vultorch_widget.pages.hearing.time", SimpleNamespace(monotonic=lambda: now[0], time=time.time))
    page.send(b"abc", size=9)
    for _ in range(4):  # ticks in succession
        now[0] += 0.3 * uploads.STALE
        view._parts.hearing.drain()
        assert len(files(view)) == 1
    now[0] += 0.3 * uploads.STALE
    view._parts.hearing.drain()
    now[0] += 0.3 * uploads.STALE
    view._parts.hearing.drain()
    assert files(view) == []


def test_a_page_is_not_taken_for_gone_in_ticks_that_take_longer(
    view: vultorch.View, page: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("vultorch_widget.pages.hearing.time", SimpleNamespace(monotonic=lambda: now[0], time=time.time))
    for offset in range(0, 9, 3):
        assert page.send(b"abc", offset, size=9)["error"] == ""  # at the beginning of a tick,
        now[0] += 2 * uploads.STALE
        view._parts.hearing.drain()  # at whose end nobody can have been heard
        now[0] += 0.01
        view._parts.hearing.drain()
    assert Path(opened(view) or "").read_bytes() == b"abcabcabc"


def test_one_page_at_a_time_and_the_newest_file_of_it(view: vultorch.View, page: Sender) -> None:
    page.send(b"abc", size=6)
    answer = page.send(b"xyz", upload="other", client="page-2", name="dog.png")
    assert answer["error"] == "another page is sending 'cat.png' here; wait until it is there"
    assert answer["client"] == "page-2"
    assert page.send(b"def", 3, size=6)["bytes"] == 6  # the first was not disturbed
    assert Path(opened(view) or "").read_bytes() == b"abcdef"
    page.send(b"abc", upload="v", size=6)
    page.send(b"new", upload="w", name="new.png")
    assert Path(opened(view) or "").name == "new.png"
    assert len(files(view)) == 2  # the half of v is gone


def test_two_controls_receive_at_once(view: vultorch.View, page: Sender) -> None:
    view.panel("p").file_dialog("Mask")
    page.send(b"abc", size=6)
    page.send(b"mask", upload="m", control="file_dialog:Mask")
    page.send(b"def", 3, size=6)
    assert Path(view.panel("p").file_dialog("Mask") or "").read_bytes() == b"mask"
    assert Path(opened(view) or "").read_bytes() == b"abcdef"


def test_no_more_than_32_parts_wait(view: vultorch.View, page: Sender) -> None:
    view._parts.hearing.drain()
    message = {"kind": "upload", "client": "c", "panel": "p", "control": OPEN, "upload": "u", "name": "a", "buffer": 0}
    for offset in range(40):
        view._parts.hearing.receive({**message, "size": 40, "offset": offset}, [b"x"])
    assert len(view._parts.hearing.inbox) == 32
    assert "the inbox is full" in view._parts.channel.last_refusal
    view._parts.hearing.drain()
    assert page.answers[-1]["bytes"] == 32


def test_the_files_of_a_view_that_nobody_has_go_with_it() -> None:
    view = vultorch.View("dropped", headless=True)
    view.panel("p").file_dialog("Open")
    page = Sender(view)
    page.send(b"abc", size=9)
    page.send(b"abc", upload="v")
    path = Path(view.panel("p").file_dialog("Open") or "")
    assert path.exists()
    del view, page
    gc.collect()
    assert not path.parent.parent.exists()


def test_a_file_is_asked_for_written_and_fetched(view: vultorch.View, page: Sender) -> None:
    paths: list[str] = []

    @view.on_frame
    def frame() -> None:
        path = view.panel("p").save_file_dialog("Save")
        if path is not None:
            paths.append(path)
            vultorch.imwrite(path, torch.zeros(4, 4, 3))

    view.run(max_frames=2)
    ident = "save_file_dialog:Save"
    assert page.control("p", ident)["state"] == "ready"
    page.set("p", ident, "../black")
    wait_until(lambda: view.run(max_frames=1) or page.control("p", ident)["state"] == "written")
    control = page.control("p", ident)
    (path,) = paths
    assert (control["path"], control["origin"], control["revision"]) == (path, "page-1", 1)
    assert Path(path).name == "black.png"
    part = view._parts.exchange.downloads.read(control["token"], 0)
    assert (part.name, part.data) == ("black.png", Path(path).read_bytes())
    view.close()
    assert not Path(path).exists()


def test_a_replay_shows_the_dialogs_as_they_began(view: vultorch.View, page: Sender) -> None:
    view.panel("p").save_file_dialog("Save")
    view.run(max_frames=2)
    page.send(b"secret", name="secret.png")
    view.run(max_frames=2)
    (panel,) = replay_of(view)["scene"]["panels"]
    assert [control["kind"] for control in panel["controls"]] == ["file_dialog", "save_file_dialog"]
    assert panel["controls"][0]["name"] == ""
