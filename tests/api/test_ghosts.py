"""Recorded runs of other notebooks and pages in the chart of a view."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import pytest

import vultorch_widget as vultorch
from tests.page import Page
from tests.replay.runs import replay_of
from tests.replay.saved import NOTEBOOKS
from vultorch_widget.replay.files import MARK, STATE, VIEW, NoRecordingError, packed, unpacked
from vultorch_widget.replay.reader import read


def logged(title: str, lr: float = 0.5) -> vultorch.View:
    view = vultorch.View(title, headless=True)

    @view.on_frame
    def frame() -> None:
        rate = view.panel("Hand").slider("lr", 0.0, 1.0, default=lr)
        view.log(loss=rate / (view.iteration + 1), psnr=float(view.iteration))

    view.run(max_frames=6)
    return view


def notebook(*views: vultorch.View, outputs: bool = True) -> str:
    texts = [json.dumps(replay_of(view)) for view in views]
    state = {f"m{at}": {"state": {"_replay": text}} for at, text in enumerate(texts)}
    cells = [{"outputs": [{"data": {VIEW: {"model_id": ident}}}]} for ident in state] if outputs else []
    return json.dumps({"cells": cells, "metadata": {"widgets": {STATE: {"state": state}}}})


def page(*texts: str) -> str:
    scripts = [f'<script type="text/plain" class="replay-data">{packed(text)}</script>' for text in texts]
    return f"<html><head>{MARK}</head><body>{''.join(scripts)}</body></html>"


@pytest.fixture
def view() -> vultorch.View:
    return logged("Now", lr=0.25)


def test_a_notebook_becomes_a_ghost_with_its_name_time_and_controls(view: vultorch.View, tmp_path: Path) -> None:
    path = tmp_path / "yesterday.ipynb"
    path.write_text(notebook(logged("Then")))
    ghost = view.ghost(path)
    assert ghost.name == "yesterday"
    assert ghost.controls == {"lr": 0.5}
    assert ghost.series == ["loss", "psnr"]
    assert ghost.began > 1.7e9
    shown = Page(view).open()
    view.run(max_frames=1)
    assert {curve["series"] for curve in shown.ghosts} == {"loss", "psnr"}
    assert [run["kind"] for run in shown.ghost_runs] == ["file"]
    assert [one.name for one in view.ghosts] == ["yesterday"]
    ghost.remove()
    ghost.remove()
    view.run(max_frames=1)
    assert shown.ghosts == []
    assert view.ghosts == []


def test_an_exported_page_becomes_one_too(view: vultorch.View, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page(json.dumps(replay_of(logged("Then")))))
    assert view.ghost(str(path), "the page").name == "the page"


def test_so_does_the_notebook_of_an_earlier_version(view: vultorch.View) -> None:
    ghost = view.ghost(NOTEBOOKS[0])
    assert ghost.series
    assert ghost.began > 0  # the file's time


def test_of_several_views_one_is_chosen_by_its_title(view: vultorch.View, tmp_path: Path) -> None:
    path = tmp_path / "two.ipynb"
    path.write_text(notebook(logged("One"), logged("Other")))
    with pytest.raises(ValueError, match=r"two.ipynb has 2 recorded views: choose one with view=, of 'One', 'Other'"):
        view.ghost(path)
    with pytest.raises(ValueError, match=r"no recorded view 'Third'; it has 'One', 'Other'"):
        view.ghost(path, view="Third")
    assert view.ghost(path, view="Other").name == "two: Other"


def test_a_name_that_a_run_of_this_notebook_has_gets_a_number(view: vultorch.View, tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(notebook(logged("Then")))
    view._parts.runner.reset()
    assert view.ghost(path, "run 1").name == "run 1 (2)"
    assert view.ghost(path, "mine").name == view.ghost(path, "mine").name == "mine"
    assert [ghost.name for ghost in view.ghosts] == ["run 1", "run 1 (2)", "mine"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "neither a notebook nor a page"),
        ("[" * 100_000, "neither a notebook nor a page"),
        ("{}", "has no cells"),
        ('{"cells": []}', "a notebook, has no recorded view"),
        ('{"cells": [3, {"outputs": [null]}], "metadata": {"widgets": 5}}', "has no recorded view"),
        (f"<html>{MARK}</html>", "an exported page, has no recorded view"),
        (page("{}"), "'damaged view' in .* cannot be read"),
        (page('{"title": "a", "version": 1}'), "cannot be read"),
        (page("{}").replace("</script>", "!!</script>", 1), "cannot be read"),
        (b"\xff\xfe\x00", "it is not text"),
    ],
)
def test_what_is_no_recording_is_refused_and_named(
    view: vultorch.View, tmp_path: Path, content: str | bytes, says: str
) -> None:
    path = tmp_path / "strange.ipynb"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(NoRecordingError, match=says) as error:
        view.ghost(path)
    assert str(path) in str(error.value)
    assert view.ghosts == []


def test_a_truncated_recording_is_refused(view: vultorch.View, tmp_path: Path) -> None:
    content = json.loads(notebook(logged("Then")))
    (model,) = content["metadata"]["widgets"][STATE]["state"].values()
    model["state"]["_replay"] = model["state"]["_replay"][:-40]
    path = tmp_path / "cut.ipynb"
    path.write_text(json.dumps(content))
    with pytest.raises(NoRecordingError, match="cut short"):
        view.ghost(path)


def test_a_page_that_unpacks_into_too_much_is_refused() -> None:
    code = packed("a" * 100_000)
    assert len(unpacked(code)) == 100_000
    with pytest.raises(ValueError, match="too large"):
        unpacked(code, most=50_000)
    with pytest.raises(ValueError, match="damaged"):
        unpacked(packed("")[:-2] + "00")


def test_a_missing_file_is_missing(view: vultorch.View, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        view.ghost(tmp_path / "nothing.ipynb")


def test_the_replay_has_its_ghosts_seconds_and_best_values(view: vultorch.View, tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(notebook(logged("Then")))
    view.ghost(path, "then")
    view._parts.runner.reset()
    view.run(max_frames=4)
    replay: dict[str, Any] = read(json.dumps(replay_of(view)))
    assert [(ghost["name"], ghost["kind"]) for ghost in replay["ghosts"]] == [("then", "file"), ("run 1", "run")]
    assert [curve["series"] for curve in replay["ghosts"][0]["curves"]] == ["loss", "psnr"]
    assert replay["series"]["psnr"]["best"] == {"step": 4, "value": 3.0, "highest": True}
    assert replay["began"] > 1.7e9
    assert len(zlib.compress(json.dumps(replay["ghosts"]).encode())) < 2_000


def test_branches_earlier_runs_and_files_have_names_of_their_own(tmp_path: Path) -> None:
    view = logged("Now", lr=0.25)
    path = tmp_path / "then.ipynb"
    path.write_text(notebook(logged("Then")))
    for name in ("lr 0.5", "run 1", "branch 2"):
        view.ghost(path, name)
    view.checkpoint({"nothing": 0})
    assert view.ghost(path, "branch 1").name == "branch 1 (2)"  # the present branch, which may be abandoned later
    view.run(max_frames=4)
    view.explore({"lr": [0.5]}, steps=2)
    view.rewind(8)
    view.run(max_frames=2)
    view.rewind(8)
    view._parts.metrics.keep_as_ghost({})
    document = read(json.dumps(replay_of(view)))  # the reader refuses two with one name
    names = [ghost["name"] for ghost in document["ghosts"]]
    assert names[:4] == ["lr 0.5", "run 1", "branch 2", "branch 1 (2)"]
    assert set(names[4:]) == {"run 2", "branch 1", "lr 0.5 (2)", "branch 3"}
    assert [one.name for one in view.branches if one.name.startswith("lr")] == ["lr 0.5 (2)"]


def test_of_views_of_one_title_none_is_lost_and_none_takes_the_title_of_another(
    view: vultorch.View, tmp_path: Path
) -> None:
    titles = ("Fit", "Fit (3)", "Fit", "Fit", "Fit (2)")
    path = tmp_path / "five.ipynb"
    path.write_text(notebook(*(logged(title, lr=number / 10) for number, title in enumerate(titles, 1))))
    rates = {name: view.ghost(path, view=name).controls["lr"] for name in ("Fit", "Fit (2)", "Fit (3)")}
    assert rates == {"Fit": 0.1, "Fit (2)": 0.5, "Fit (3)": 0.2}
    assert [view.ghost(path, view=name).controls["lr"] for name in ("Fit (4)", "Fit (5)")] == [0.3, 0.4]


def test_a_title_that_begins_as_another_does_is_found(view: vultorch.View, tmp_path: Path) -> None:
    path = tmp_path / "two.ipynb"
    path.write_text(notebook(logged("Fit (large)"), logged("Fit"), logged("Fit")))
    for title in ("Fit (large)", "Fit", "Fit (2)"):
        assert view.ghost(path, title, view=title).name == title
