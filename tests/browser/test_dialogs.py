"""Files chosen, dropped and saved in JupyterLab: what arrives is what was sent, and what is refused says why."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.patience import wait_until

from .conftest import OpenNotebook
from .lab import Lab
from .notebook import Notebook

pytestmark = pytest.mark.browser

PROGRAM = """
import hashlib, pathlib, time
import torch
import vultorch_widget as vultorch
from vultorch_widget.transfer import uploads

view = vultorch.View("Files", 900, 420, tick_rate=60)
tensor = torch.rand(32, 32, 3)
canvas = view.panel("Picture").canvas("picture", filter="nearest").bind(tensor)
side = view.panel("Files", side="right", width=0.36)
opened, saved = [], []

def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()

@view.on_frame
def frame():
    path = side.file_dialog("Open ...", filters=[("Pictures", "*.png;*.bin")], max_bytes=40_000_000)
    if path is not None:
        opened.append((path, digest(path)))
    path = side.save_file_dialog("Save", filters="*.png;*.jpg")
    if path is not None:
        canvas.save(path)
        saved.append(path)
    while hold is not None and hold.exists() and view._parts.exchange.uploads.running:
        hold.with_name("held").touch()
        time.sleep(0.05)

hold = None
uploads.STALE = 300.0  # a browser that stands still for ten seconds is not gone
view.run()
"""
OPEN = "file_dialog:Open ..."
SAVE = "save_file_dialog:Save"


@pytest.fixture(params=["subshells", "no subshells"])
def server(request: pytest.FixtureRequest) -> Lab:
    name = "lab" if request.param == "subshells" else "lab_without_subshells"
    return request.getfixturevalue(name)


def started(open_notebook: OpenNotebook, **options: Lab) -> Notebook:
    notebook = open_notebook([PROGRAM], **options)
    notebook.run(0)
    notebook.control(OPEN).wait_for()
    return notebook


def zeros(path: Path, size: int) -> None:
    """A file of ``size`` bytes that takes no space on the disk."""
    with path.open("wb") as file:
        file.truncate(size)


def hold_steps(notebook: Notebook, folder: Path) -> Path:
    """Makes a step in which part of a file is there last until the file that this returns is deleted.

    In such a step, the program makes a file `held` beside it.
    """
    hold = folder / "hold"
    hold.touch()
    notebook.evaluate(f"globals().update(hold=pathlib.Path({str(hold)!r}))")
    return hold


def in_both_themes(notebook: Notebook, name: str) -> None:
    notebook.screenshot(name)
    notebook.theme("JupyterLab Dark")
    notebook.screenshot(f"{name}-dark")
    notebook.theme("JupyterLab Light")


def test_a_file_of_several_megabytes_arrives_as_it_was(
    open_notebook: OpenNotebook, server: Lab, tmp_path: Path
) -> None:
    notebook = started(open_notebook, server=server)
    data = os.urandom(7_340_123)
    (tmp_path / "Größe 7.bin").write_bytes(data)
    control = notebook.control(OPEN)
    control.locator("input").set_input_files(tmp_path / "Größe 7.bin")
    expect(control.locator(".vw-file-words")).to_have_text("Größe 7.bin · 7.3 MB")
    assert notebook.eventually("len(opened) == 1")
    path, digest = notebook.evaluate("opened[0]")
    assert Path(path).name == "Größe 7.bin"
    assert digest == hashlib.sha256(data).hexdigest()
    assert notebook.evaluate("view._parts.channel.refused") == 0
    (tmp_path / "empty.bin").touch()
    control.locator("input").set_input_files(tmp_path / "empty.bin")
    assert notebook.eventually("opened[-1][0].endswith('empty.bin')")
    notebook.evaluate("view.close()")
    assert not Path(path).exists()


def test_what_is_refused_says_why_and_half_a_file_leaves_nothing(open_notebook: OpenNotebook, tmp_path: Path) -> None:
    notebook = started(open_notebook)
    control, words = notebook.control(OPEN), notebook.control(OPEN).locator(".vw-file-words")
    zeros(tmp_path / "large.bin", 40_500_000)
    control.locator("input").set_input_files(tmp_path / "large.bin")
    expect(words).to_have_text("large.bin is too large: 40.5 MB, at most 40.0 MB can be sent")
    in_both_themes(notebook, "upload-refused")
    hold = hold_steps(notebook, tmp_path)
    zeros(tmp_path / "slow.bin", 39_000_000)
    control.locator("input").set_input_files(tmp_path / "slow.bin")
    wait_until((tmp_path / "held").exists)
    expect(words).to_contain_text("slow.bin · ")
    expect(control.get_by_role("progressbar")).to_be_visible()
    in_both_themes(notebook, "upload-progress")
    control.get_by_role("button", name="Stop sending").click()
    expect(words).to_have_text("No file chosen")
    hold.unlink()
    folder = "view._parts.exchange.folder._path"
    assert notebook.eventually(f"[p for p in {folder}.rglob('*') if p.is_file()] == []")
    assert notebook.evaluate("opened") == []


def test_a_page_that_is_left_leaves_no_half_file(open_notebook: OpenNotebook, tmp_path: Path) -> None:
    notebook = started(open_notebook)
    hold = hold_steps(notebook, tmp_path)
    zeros(tmp_path / "slow.bin", 39_000_000)
    notebook.control(OPEN).locator("input").set_input_files(tmp_path / "slow.bin")
    wait_until((tmp_path / "held").exists)
    notebook.page.reload()
    hold.unlink()
    notebook.evaluate("setattr(uploads, 'STALE', 2.0)")  # its goodbye may be lost
    folder = "view._parts.exchange.folder._path"
    assert notebook.eventually(f"not any(p.is_file() for p in {folder}.rglob('*'))")
    assert notebook.evaluate("opened") == []
    notebook.load()  # the next test may get the page
    notebook.problems.clear()  # the abandoned page reports that its connection was cut


def test_a_file_is_chosen_by_keyboard_and_dropped(open_notebook: OpenNotebook, tmp_path: Path) -> None:
    notebook = started(open_notebook)
    (tmp_path / "cat.png").write_bytes(b"a cat")
    button = notebook.button("Open ...")
    with notebook.page.expect_file_chooser() as waiting:
        button.focus()
        notebook.page.keyboard.press("Enter")
    assert waiting.value.element.get_attribute("accept") == ".png,.bin"
    waiting.value.set_files(tmp_path / "cat.png")
    assert notebook.eventually("[p.rpartition('/')[2] for p, _ in opened] == ['cat.png']")
    assert button.evaluate("button => button === document.activeElement")
    transfer = notebook.page.evaluate_handle(
        "() => { const t = new DataTransfer(); t.items.add(new File(['a dog'], 'dog.png')); return t; }"
    )
    notebook.control(OPEN).dispatch_event("dragover", {"dataTransfer": transfer})
    notebook.screenshot("upload-drop")
    notebook.control(OPEN).dispatch_event("drop", {"dataTransfer": transfer})
    assert notebook.eventually("len(opened) == 2")
    assert notebook.evaluate("opened[-1][1]") == hashlib.sha256(b"a dog").hexdigest()


def test_a_saved_file_is_downloaded_and_can_be_again(open_notebook: OpenNotebook, tmp_path: Path) -> None:
    notebook = started(open_notebook)
    control = notebook.control(SAVE)
    control.locator("input").click()
    notebook.page.keyboard.type("my picture")  # in place of the name, before its extension
    with notebook.page.expect_download() as waiting:
        notebook.page.keyboard.press("Enter")
    assert waiting.value.suggested_filename == "my picture.png"
    waiting.value.save_as(tmp_path / "first.png")
    assert notebook.evaluate("digest(saved[0])") == hashlib.sha256((tmp_path / "first.png").read_bytes()).hexdigest()
    expect(control.locator(".vw-file-words")).to_contain_text("my picture.png · ")
    in_both_themes(notebook, "saved-file")
    with notebook.page.expect_download() as waiting:
        control.get_by_role("button", name="Download").click()
    waiting.value.save_as(tmp_path / "second.png")
    assert (tmp_path / "second.png").read_bytes() == (tmp_path / "first.png").read_bytes()
    with notebook.page.expect_download() as waiting:
        control.locator("input").press("Control+a")
        notebook.page.keyboard.type("../again.jpg")
        control.get_by_role("button", name="Save").click()
    assert waiting.value.suggested_filename == "again.jpg"
    assert notebook.evaluate("len(saved)") == 2
