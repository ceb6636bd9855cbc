"""The exported page: its content, and that equal input gives equal bytes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import threading
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.patience import PATIENCE
from tests.replay.saved import EARLIER, NOTEBOOKS, changed, earlier, malformed, replays_in_file
from vultorch_widget.export.exporter import TutorialExporter
from vultorch_widget.export.markdown import markdown
from vultorch_widget.export.page import page
from vultorch_widget.export.pictures import Pictures
from vultorch_widget.export.sanitise import clean

from . import notebooks
from .notebooks import code, display, notebook, png, printed, replays_in, shown, text_of, tutorial


def html_of(node: Any, **options: Any) -> str:
    return page(node, text_of(node), name="notebook", folder=None, **options)


def test_the_title_contents_and_language() -> None:
    html = html_of(tutorial())
    assert "<title>A small tutorial</title>" in html
    assert re.findall(r'<li class="level-(\d)"><a href="#([^"]+)">([^<]+)</a>', html) == [
        ("2", "First-part", "First part"),
        ("2", "Second-part", "Second part"),
        ("3", "Deeper", "Deeper"),
    ]
    assert '<html lang="en" data-theme="auto">' in html
    assert '<html lang="zh-CN" data-theme="dark">' in html_of(notebook("# 实时训练\n\n看着网络学习"), theme="dark")
    assert '<html lang="en"' in html_of(notebook("# 実時間の学習\n\n学習しながら見る。")), "Japanese is not Chinese"
    assert "<title>notebook</title>" in html_of(notebook("no heading"))


def test_the_policy_allows_this_script_and_this_style_and_no_request() -> None:
    html = html_of(tutorial())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy[1].replace("&#39;", "'").split("; "))
    assert rules.keys() == {"default-src", "script-src", "style-src", "img-src", "base-uri", "form-action"}
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "data: blob:"

    def hashed(pattern: str) -> list[str]:
        contents = re.findall(pattern, html, re.DOTALL)
        digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in contents]
        return [f"'sha256-{digest}'" for digest in digests]

    assert rules["script-src"].split() == hashed(r"<script>(.*?)</script>")
    assert rules["style-src"].split() == hashed(r"<style>(.*?)</style>")
    assert " style=" not in html.partition("<main>")[2].partition("</main>")[0]


def test_the_page_refers_to_no_address() -> None:
    node = notebook(
        "![remote](https://example.org/a.png) <img src='//example.org/b.png'> ![gone](gone.png)",
        code("", display({"text/html": "<img src='http://example.org/c.png'><b>kept</b>"})),
    )
    html = html_of(node)
    assert "example.org" not in html
    assert "remote" in html
    assert "<b>kept</b>" in html


def test_exporting_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "tutorial.ipynb"
    path.write_text(text_of(tutorial()), encoding="utf-8")
    pages = [TutorialExporter().from_filename(str(path))[0] for _ in range(2)]
    assert pages[0] == pages[1]
    assert TutorialExporter(theme="dark").from_filename(str(path))[0] != pages[0]


def test_a_view_is_there_with_its_replay_poster_and_final_values() -> None:
    html = html_of(tutorial())
    poster, text = notebooks.kept()
    assert replays_in(html) == [json.loads(text)]
    assert html.count('data-replay="0"') == 1
    assert html.count(poster) == 1
    assert re.search(r"<dt>lr</dt><dd>0.001</dd>", html)
    assert re.search(r"<dt>shuffle</dt><dd>off</dd>", html)
    last = json.loads(text)["series"]["loss"]["values"][-1]
    assert f"<dt>loss</dt><dd>{last:.4g}</dd>" in html
    assert "stopped at step 240" in html


@pytest.mark.parametrize(
    ("chosen", "there"), [('{"<a>&\'": 1}', True), ("", False), (3, False), ("x" * 100_000, False)]
)
def test_what_was_chosen_by_hand_goes_to_the_player_as_text(chosen: Any, there: bool) -> None:
    node = tutorial()
    for model in node.metadata["widgets"][notebooks.STATE]["state"].values():
        model["state"]["_chosen"] = chosen
    found = re.findall(r'data-chosen="([^"]*)"', html_of(node))
    assert [unescape(text) for text in found] == ([chosen] if there else [])


def test_a_view_that_is_shown_twice_is_stored_once() -> None:
    models = {"a": notebooks.kept(), "b": notebooks.long_run()}
    html = html_of(notebook(code("", shown("a")), code("", shown("b"), shown("a")), models=models))
    assert [replay["title"] for replay in replays_in(html)] == ["Fit a picture", "Long"]
    assert re.findall(r'data-replay="(\d)"', html) == ["0", "1", "0"]


def test_a_view_that_was_never_run() -> None:
    html = html_of(notebook(code("view", shown("a")), models={"a": ("", "")}))
    assert "This view had not been run when the notebook was saved." in html
    assert replays_in(html) == []
    assert "vultorchReplay={" not in html  # the player is not included needlessly


def test_a_failed_view_shows_its_error() -> None:
    html = html_of(notebook(code("", shown("a")), models={"a": notebooks.failed()}))
    still = html.partition('class="view-still"')[2].partition("</figure>")[0]
    assert "the loss is &lt;b&gt;gone&lt;/b&gt;" in still
    assert "failed at step" in still
    assert replays_in(html)[0]["state"] == "failed"


def test_a_hundred_thousand_steps() -> None:
    html = html_of(notebook(code("", shown("a")), models={"a": notebooks.long_run()}))
    assert "stopped at step 100,000" in html
    assert len(html) < 2 << 20


def test_no_view_and_no_widget_state() -> None:
    plain = html_of(notebook("# Words", code("print(1)", printed("1\n"))))
    assert "<figure" not in plain
    assert "vultorchReplay={" not in plain  # the player is not included needlessly
    without = html_of(notebook(code("view", shown("gone", **{"image/png": png()}))))
    assert f'src="data:image/png;base64,{png()}"' in without
    bare = notebook(code("view", display({notebooks.VIEW: {"model_id": "gone"}})))
    assert "An interactive output whose state the notebook does not keep." in html_of(bare)


@pytest.mark.parametrize("damage", ["{", "[]", '{"version": 2}', '{"version": 1, "frames": 3}', "null", 7])
def test_a_damaged_replay_leaves_the_poster(damage: Any) -> None:
    poster, _ = notebooks.kept()
    html = html_of(notebook(code("", shown("a")), models={"a": (poster, damage)}))
    assert replays_in(html) == []
    assert poster in html
    assert re.search(r'<p class="view-absent">The saved replay cannot be played: it [^<]+\.</p>', html)


@pytest.mark.parametrize("case", malformed()[::4], ids=str)
def test_a_malformed_replay_leaves_the_poster_and_says_why(case: dict[str, Any]) -> None:
    text = json.dumps(changed(earlier(), case["change"], case["to"]))
    html = html_of(notebook(code("", shown("a")), models={"a": (notebooks.kept()[0], text)}))
    (reason,) = re.findall(r'<p class="view-absent">(.*?)</p>', html)
    assert case["says"] in unescape(reason)
    assert notebooks.kept()[0] in html


def test_a_malformed_replay_without_a_poster_says_why_too() -> None:
    html = html_of(notebook("# 标题与文字", code("", shown("a")), models={"a": ("", '{"version": 3}')}))
    assert "无法播放保存的回放" in html
    assert "the format version 3; this release plays version 1" in html


def test_a_notebook_that_version_0_1_saved_is_exported_with_its_replay() -> None:
    node = nbformat.read(EARLIER, 4)
    html = html_of(node)
    assert replays_in(html) == [earlier()]
    assert "view-absent" not in html.partition("</style>")[2].partition("<script")[0]
    assert "ended at step 40" in html
    assert "<dt>loss</dt>" in html


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_any_version_saved_is_exported_with_its_replay(path: Path) -> None:
    html = html_of(nbformat.read(path, 4))
    assert replays_in(html) == [json.loads(text) for text in replays_in_file(path)]


def test_tags_of_cells() -> None:
    node = notebook(
        code("secret_1", tags=["remove-cell"]),
        code("secret_2", printed("kept output\n"), tags=["remove_input"]),
        code("kept_code", printed("secret 3\n"), tags=["remove-output"]),
        code("folded", printed("x\n"), tags=["hide-input"]),
        code("source", printed("y\n"), jupyter={"outputs_hidden": True}),
    )
    html = html_of(node)
    assert "secret" not in html.partition("<main>")[2].partition("</main>")[0]
    assert "kept output" in html
    assert "kept_code" in html
    assert re.findall(r'<details class="fold"><summary>(.*?)</summary>', html) == ["Show the code", "Show the output"]


def test_pictures_next_to_the_notebook_and_attachments_are_included(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a b.png").write_bytes(base64.b64decode(png((1, 2, 3))))
    (tmp_path / "notes.txt").write_text("not for you")
    node = notebook("![one](images/a%20b.png) ![two](attachment:x.png) ![three](notes.txt) ![four](/etc/passwd)")
    node.cells[0]["attachments"] = {"x.png": {"image/png": png((4, 5, 6))}}
    html = page(node, text_of(node), name="n", folder=tmp_path)
    assert f'src="data:image/png;base64,{png((1, 2, 3))}" alt="one"' in html
    assert f'src="data:image/png;base64,{png((4, 5, 6))}" alt="two"' in html
    assert html.count("<img") == 4
    assert html.count("<img src=") == 2


def test_pictures_from_other_folders_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, shared = tmp_path / "home", tmp_path / "shared"
    for folder in (home / "project", shared / "project"):
        folder.mkdir(parents=True)
        for place in (folder, folder.parent, tmp_path):
            (place / "a.png").write_bytes(b"picture")
    monkeypatch.setenv("HOME", str(home))
    found = Pictures(shared / "project").find
    assert found("a.png") == found("../a.png") == ("image/png", b"picture")
    assert found("../../a.png") is None
    assert Pictures(home / "project").find("a.png") is not None
    assert Pictures(home / "project").find("../a.png") is None
    assert Pictures(home).find("../a.png") is None
    assert Pictures(Path("/usr")).find(f"..{tmp_path}/a.png") is None
    (home / "loop.png").symlink_to("loop.png")
    assert Pictures(home).find("loop.png") is None


def test_a_pipe_is_no_picture_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    writer = threading.Thread(target=(tmp_path / "pipe.png").write_bytes, args=(b"picture",), daemon=True)
    writer.start()  # it waits for a reader, who would find a picture
    assert Pictures(tmp_path).find("pipe.png") is None
    assert (tmp_path / "pipe.png").read_bytes() == b"picture"
    writer.join(PATIENCE)


@pytest.mark.parametrize(
    "written", ["data:", " data:", "da&Tab;ta:", "&#1;data:", "&#31; Data:", "attach&NewLine;ment:"]
)
def test_no_link_leads_to_data(written: str) -> None:
    assert clean(f'<a href="{written}text/html,x">x</a>') == '<a rel="noopener noreferrer">x</a>'


@pytest.mark.parametrize(
    "change",
    [
        lambda node: node["metadata"].update(language_info="python"),
        lambda node: node["metadata"].update(language_info={"name": ["python"]}),
        lambda node: node["metadata"].update(widgets=[], lang=7, title=["a"]),
        lambda node: node.update(metadata=None),
        lambda node: node["cells"][1].update(metadata=["hide-input"]),
        lambda node: node["cells"][1]["metadata"].update(tags=5),
        lambda node: node["cells"][1]["metadata"].update(tags=[["hide-input"], None]),
        lambda node: node["cells"][1]["metadata"].update(jupyter="source_hidden"),
    ],
)
def test_malformed_metadata_counts_as_absent(change: Any) -> None:
    """nbconvert logs what is malformed, and carries on."""
    node = json.loads(text_of(notebook("# Title", code("a = 1", printed("shown")))))
    for cell in node["cells"]:
        cell["source"] = "".join(cell["source"])
    change(node)
    html = page(node, json.dumps(node), name="n", folder=None)
    assert "<h1" in html
    assert "shown" in html
    assert "shown" in markdown(node, assets="n_files", folder=None).text
