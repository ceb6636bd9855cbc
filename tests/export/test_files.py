"""Writing files, and executing notebooks."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.patience import PATIENCE, wait_until
from vultorch_widget.basics.atomic_file import write
from vultorch_widget.basics.processes import has_ended
from vultorch_widget.export.execute import CellError, NotExecutedError, execute
from vultorch_widget.export.markdown import markdown
from vultorch_widget.export.page import page
from vultorch_widget.replay.files import unpacked

from .notebooks import code, display, notebook, printed, text_of, tutorial


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    write(path, "ü\n")
    assert path.read_bytes() == "ü\n".encode()
    write(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]
    (tmp_path / "usual").touch()
    assert path.stat().st_mode == (tmp_path / "usual").stat().st_mode  # not those of a temporary file


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.mkdir()
    with pytest.raises(OSError, match=r"a\.html"):
        write(path, "text")
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_keeps_its_permissions_and_a_link_its_target(tmp_path: Path) -> None:
    real, link = tmp_path / "real.html", tmp_path / "link.html"
    real.write_text("old")
    real.chmod(0o600)
    link.symlink_to("real.html")
    write(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    (tmp_path / "ahead.html").symlink_to("later.html")
    write(tmp_path / "ahead.html", "new")
    assert (tmp_path / "later.html").read_text() == "new"
    assert (tmp_path / "ahead.html").is_symlink()


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as pool:
        read = pool.submit(pipe.read_bytes)
        assert write(pipe, "text") == 4
        assert read.result(timeout=PATIENCE) == b"text"
    assert list(tmp_path.iterdir()) == [pipe]
    assert write(Path(os.devnull), "text") == 4


def test_names_may_have_the_maximum_length(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 250 + ".html")
    write(path, "text")
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OSError, match=r"aa\.html"):
        write(tmp_path / ("a" * 300 + ".html"), "text")


def test_lone_surrogates_do_not_prevent_writing(tmp_path: Path) -> None:
    write(tmp_path / "a", "caf\udce9 \U0001f600")
    assert (tmp_path / "a").read_text(encoding="utf-8") == "caf? \U0001f600"
    cells = "# Half \ud83d", code("print('\udce9')", printed("\udce9"), display({"text/html": "<b>\ud83d</b>"}))
    node = notebook(*cells, title="\ud83d")
    source = json.dumps(node, ensure_ascii=False)
    html = page(node, source, name="a", folder=None)
    html.encode()
    assert "<b>?</b>" in html
    (packed,) = re.findall(r'class="notebook-data">([^<]*)<', html)
    assert json.loads("".join(json.loads(unpacked(packed)))) == json.loads(source)  # as it was
    markdown(node, assets="files", folder=None).text.encode()


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
    subprocess.run(line, check=True, capture_output=True, timeout=PATIENCE)
    assert path.with_suffix(".html").read_text(encoding="utf-8") == page(
        nbformat.read(path, 4), path.read_text(encoding="utf-8"), name="n", folder=tmp_path, theme="dark"
    )


def kernel(folder: Path, monkeypatch: pytest.MonkeyPatch, *line: str) -> str:
    """The name of a new kernel whose command is ``line``."""
    spec = {"argv": [*line, "{connection_file}"], "display_name": "odd", "language": "python"}
    place = folder / "jupyter" / "kernels" / "odd"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(folder / "jupyter"))
    return "odd"


@pytest.mark.parametrize(
    ("line", "reason"),
    [("/nowhere/bin/python", "No such file or directory: '/nowhere/bin/python'"), ("/bin/false", "Kernel died")],
)
def test_a_kernel_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, reason: str) -> None:
    with pytest.raises(NotExecutedError, match=f"the kernel 'odd' does not start: .*{reason}"):
        run(tmp_path, "1", kernel=kernel(tmp_path, monkeypatch, line))


@pytest.mark.kernel
@pytest.mark.parametrize("cell", ["import time; time.sleep(1e4)", "import asyncio; await asyncio.sleep(1e4)"])
def test_ctrl_c_ends_the_export_and_its_kernel(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "n.ipynb"
    mark = "import os, pathlib; number = str(os.getpid())"
    cell = f"pathlib.Path('pid').write_text(number); {cell}"
    path.write_text(text_of(notebook(code(mark), code(cell), code("1"))), encoding="utf-8")
    line = [sys.executable, "-m", "vultorch_widget.cli", "export", str(path), "--execute"]
    pid = tmp_path / "pid"
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: process.poll() is not None or (pid.exists() and pid.read_text() != ""))
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert said.rstrip().endswith("vultorch-widget: interrupted")
    assert "Traceback" not in said
    assert not path.with_suffix(".html").exists()
    wait_until(lambda: has_ended(int(pid.read_text())))


def test_an_unknown_kernel(tmp_path: Path) -> None:
    with pytest.raises(NotExecutedError, match="no kernel named 'no-such-kernel'"):
        run(tmp_path, "1", kernel="no-such-kernel")
