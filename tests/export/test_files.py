"""Files and kernels: what is written, and what is run before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from vultorch_widget.export.execute import CellError, NotExecutedError, execute
from vultorch_widget.export.page import page
from vultorch_widget.files import write

from .notebooks import text_of, tutorial


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    write(path, "ü\n")
    assert path.read_bytes() == "ü\n".encode()
    write(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]
    (tmp_path / "usual").touch()
    assert path.stat().st_mode == (tmp_path / "usual").stat().st_mode  # not a temporary file's


def test_what_was_there_stays_where_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.mkdir()
    with pytest.raises(OSError, match=r"a\.html"):
        write(path, "text")
    assert list(tmp_path.iterdir()) == [path]


def run(tmp_path: Path, *sources: str, kernel: str = "python3") -> tuple[object, list[int]]:
    node = new_notebook(cells=[new_code_cell(source) for source in sources])
    node.metadata["kernelspec"] = {"name": kernel, "display_name": kernel}
    ended: list[int] = []
    execute(node, tmp_path, ended.append)
    return node, ended


@pytest.mark.kernel
def test_a_notebook_runs_in_its_folder(tmp_path: Path) -> None:
    node, ended = run(tmp_path, "import os", "print(os.getcwd())")
    assert node.cells[1].outputs[0].text.strip() == str(tmp_path.resolve())  # type: ignore[attr-defined]
    assert ended == [1, 2]


@pytest.mark.kernel
def test_the_cell_that_failed_is_named(tmp_path: Path) -> None:
    with pytest.raises(CellError, match="cell 2 failed: ZeroDivisionError: division by zero") as failure:
        run(tmp_path, "a = 0", "1 / a", "print('never')")
    assert (failure.value.cell, failure.value.source) == (2, "1 / a")
    assert "\x1b" not in failure.value.error


def test_nbconvert_finds_the_exporter(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(text_of(tutorial()), encoding="utf-8")
    line = [sys.executable, "-m", "nbconvert", "--to", "vultorch-tutorial", "--TutorialExporter.theme=dark", str(path)]
    subprocess.run(line, check=True, capture_output=True, timeout=120)
    assert path.with_suffix(".html").read_text(encoding="utf-8") == page(
        nbformat.read(path, 4), path.read_text(encoding="utf-8"), name="n", folder=tmp_path, theme="dark"
    )


def test_an_unknown_kernel(tmp_path: Path) -> None:
    with pytest.raises(NotExecutedError, match="no kernel named 'no-such-kernel'"):
        run(tmp_path, "1", kernel="no-such-kernel")
