"""Markdown for GitHub, MkDocs and Sphinx."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
import torch
from markdown_it import MarkdownIt
from PIL import Image

import vultorch_widget as vultorch
from vultorch_widget.export.animation import MOST_FRAMES, animation
from vultorch_widget.export.markdown import folder_name, markdown

from . import notebooks
from .notebooks import code, display, kept, kept_of, notebook, png, printed, replay, shown, tutorial


def test_the_tutorial() -> None:
    document = markdown(tutorial(), assets="tutorial_files", folder=None)
    assert document.text.startswith("# A small tutorial\n")
    assert notebooks.TUTORIAL.strip() in document.text  # unchanged
    assert "```python\nview.run()\n```" in document.text
    assert "```text\nstep 2\nred and green\n```" in document.text
    assert "ZeroDivisionError: division by zero" in document.text
    assert "<table>" in document.text
    linked = set(re.findall(r"\(tutorial_files/([^)]+)\)", document.text))
    assert linked == document.assets.keys()
    assert {name.partition("-")[0] for name in linked} == {"poster", "replay", "output"}
    assert "| loss | " in document.text


def test_the_animation_ends_with_the_exact_last_picture() -> None:
    document = replay()
    with Image.open(io.BytesIO(animation(document))) as moving:
        assert moving.n_frames == min(MOST_FRAMES, len(document["frames"])) > 20
        moving.seek(moving.n_frames - 1)
        last = np.asarray(moving.convert("RGB"), dtype=float)
    with Image.open(io.BytesIO(poster_of(kept()[0]))) as poster:
        expected = np.asarray(poster.convert("RGB"), dtype=float)
        solid = np.asarray(poster.convert("RGBA"))[..., 3] > 0
    assert last.shape == expected.shape
    assert np.abs(last - expected)[solid].mean() < 4  # WebP is lossy


def poster_of(url: str) -> bytes:
    import base64

    return base64.b64decode(url.partition(",")[2])


def test_a_run_without_pictures_has_no_animation() -> None:
    document = replay()
    document["frames"] = []
    assert animation(document) == b""


def growing(second: int, *sizes: tuple[int, int], more: int = 1) -> dict[str, Any]:
    """A replay whose canvas has these ``sizes`` in turn; ``more`` canvases appear in the ``second`` frame."""
    view = vultorch.View("Grows", headless=True)
    first, *others = (view.panel("p").canvas(str(number)) for number in range(1 + more))

    @view.on_frame
    def frame() -> None:
        first.bind(torch.ones(*sizes[min(view.frame_count, len(sizes) - 1)], 3))
        for later in others if view.frame_count >= second else ():
            later.bind(torch.ones(64, 64, 3))

    view.run(max_frames=6)
    document: dict[str, Any] = json.loads(kept_of(view)[1])
    return document


@pytest.mark.parametrize(
    ("document", "size"),
    [
        (lambda: growing(3, (64, 64)), (256 + 8 + 256, 256)),
        (lambda: growing(99, (256, 300), (320, 300), (200, 400)), (400, 320)),
        (lambda: growing(3, (512, 512), more=3), (1457, 360)),
    ],
    ids=["a second canvas", "another size", "reduced"],
)
def test_the_animation_has_room_for_the_largest_frame(document: Callable[[], Any], size: tuple[int, int]) -> None:
    with Image.open(io.BytesIO(animation(document()))) as moving:
        assert moving.n_frames >= 2
        assert moving.size == size


@pytest.mark.parametrize("change", ["blob", "data", "canvas"])
def test_a_damaged_replay_leaves_the_poster(change: str) -> None:
    document = replay()
    if change == "blob":
        document["frames"][0]["pictures"][0]["blob"] = 10_000
    elif change == "data":
        document["blobs"][0]["data"] = "AAAA"
    else:
        del document["frames"][0]["pictures"][0]["canvas"]
    models = {"a": (kept()[0], json.dumps(document))}
    result = markdown(notebook(code("", shown("a")), models=models), assets="files", folder=None)
    assert [name.partition("-")[0] for name in result.assets] == ["poster"]
    assert ("The saved replay cannot be played" in result.text) == (change != "data")


def test_untrusted_text_is_escaped() -> None:
    document = replay()
    document["title"] = "*a* ](javascript:x) <script>"
    document["series"] = {"<b>|`x`": {"steps": [1], "values": [2]}}
    models = {"a": (kept()[0], json.dumps(document))}
    text = markdown(notebook(code("", shown("a")), models=models), assets="files", folder=None).text
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert "<script" not in html
    assert "<b>" not in html
    assert "<em>a</em>" not in html
    assert "javascript:" not in "".join(re.findall(r'(?:href|src)="([^"]*)"', html))
    assert "&lt;b&gt;|`x`</td>" in html


def test_backticks_in_output_do_not_end_its_block() -> None:
    text = markdown(notebook(code("", printed("a\n````\nb\n"))), assets="files", folder=None).text
    assert text == "`````text\na\n````\nb\n`````\n"


def test_pictures_of_the_notebook_come_along(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")
    node = notebook('![a](a.png "title") <img width="3" src="a.png"> ![far](https://example.org/b.png)')
    result = markdown(node, assets="files", folder=tmp_path)
    (name,) = result.assets
    assert result.text == (
        f'![a](files/{name} "title") <img width="3" src="files/{name}"> ![far](https://example.org/b.png)\n'
    )
    assert result.assets[name] == b"picture"


def test_attachments_with_unusual_names_are_found() -> None:
    node = notebook("![a](<attachment:my pic.png>) ![b][b] [^n]\n\n[b]: attachment:my%20pic.png 'title'\n[^n]: a.png")
    node.cells[0]["attachments"] = {"my pic.png": {"image/png": png()}}
    result = markdown(node, assets="files", folder=None)
    (name,) = result.assets
    assert result.text == f"![a](files/{name}) ![b][b] [^n]\n\n[b]: files/{name} 'title'\n[^n]: a.png\n"


def test_a_view_that_was_never_run() -> None:
    node = notebook(code("", shown("a")), code("", display({"image/png": png()})), models={"a": ("", "")})
    text = markdown(node, assets="files", folder=None).text
    assert text.startswith("> This view had not been run")
    assert "![output](files/output-" in text


@pytest.mark.parametrize("assets", ["my tutorial_files", "tutorial (1)_files", "教程_files", "50%_files"])
def test_pictures_are_found_whatever_the_file_is_called(assets: str) -> None:
    document = markdown(tutorial(), assets=assets, folder=None)
    html = MarkdownIt("commonmark").render(document.text)
    found = {unquote(source) for source in re.findall(r'<img src="([^"]+)"', html)}
    assert found >= {f"{assets}/{name}" for name in document.assets if not name.startswith("poster")}


def test_the_pictures_folder_needs_no_escaping() -> None:
    assert folder_name("03_live-training.v2") == "03_live-training.v2_files"
    names = [folder_name(stem) for stem in ("a b", "a-b", "a  b", "教程", "教学", "")]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in names)


@pytest.mark.parametrize("tag", ["<img ", "![a "])
def test_pictures_that_never_end_take_time_in_proportion(tag: str) -> None:
    def seconds(count: int) -> float:
        started = time.process_time()
        markdown(notebook(tag * count), assets="files", folder=None)
        return time.process_time() - started

    seconds(10)
    assert seconds(32_000) < 40 * seconds(2_000)  # with the square, 256 times as long
