"""`vultorch-widget export`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.export.notebooks import code, fitted, notebook, printed, replays_in, text_of, tutorial
from vultorch_widget import __version__
from vultorch_widget.cli.lab import command as lab_command
from vultorch_widget.cli.lab import notebooks

from .command import Command


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "a notebook [bold].ipynb"
    path.write_text(text_of(tutorial()), encoding="utf-8")
    return path


def test_the_page_is_next_to_the_notebook_or_at_out(command: Command, source: Path, tmp_path: Path) -> None:
    assert command("export", source) == 0
    first = source.with_suffix(".html").read_bytes()
    assert "a notebook [bold].html (" in command.err
    assert command("export", source, "-o", tmp_path / "b.html") == 0
    assert (tmp_path / "b.html").read_bytes() == first
    assert command("export", source, "-o", tmp_path / "b.html", "--theme", "dark") == 0
    assert b'data-theme="dark"' in (tmp_path / "b.html").read_bytes()


def test_markdown_with_its_folder(command: Command, source: Path, tmp_path: Path) -> None:
    assert command("export", source, "--to", "markdown", "-o", tmp_path / "page.md") == 0
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    files = sorted(path.name for path in (tmp_path / "page_files").iterdir())
    assert [name.partition("-")[0] for name in files] == ["output", "poster", "replay"]
    assert all(f"page_files/{name}" in text for name in files)


@pytest.mark.parametrize(("to", "name"), [("html", "page.html"), ("markdown", "page.md")])
def test_only_earlier_exports_are_replaced(command: Command, tmp_path: Path, to: str, name: str) -> None:
    path = tmp_path / "page.ipynb"
    path.write_text(text_of(notebook("# Title")), encoding="utf-8")
    (tmp_path / name).write_text("by hand")
    assert f"{tmp_path / name} already exists" in command.refuses("export", path, "--to", to)
    assert (tmp_path / name).read_text() == "by hand"
    assert command("export", path, "--to", to, "--out", tmp_path / name) == 0  # explicitly requested
    assert command.err.startswith("Replaced ")
    assert command("export", path, "--to", to) == 0
    assert command.err.startswith("Replaced ")


def test_the_command_says_that_no_view_is_recorded(command: Command, source: Path, tmp_path: Path) -> None:
    assert command("export", source) == 0
    assert "without a recorded view" not in command.err
    path = tmp_path / "n.ipynb"
    path.write_text(text_of(notebook("# Title", code("view"))), encoding="utf-8")
    assert command("export", path) == 0
    assert command.err.rstrip().endswith("without a recorded view: run the notebook and save it, or use --execute")


@pytest.mark.kernel
def test_the_command_says_the_bytes_and_can_leave_them_out(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "fit.ipynb"
    path.write_text(text_of(fitted()), encoding="utf-8")
    assert command("export", path) == 0
    assert re.search(r"[\d,]+ bytes of it weights to train on with", command.err)
    assert [replay["training"]["version"] for replay in replays_in(path.with_suffix(".html").read_text())] == [1]
    assert command("export", path, "--no-weights") == 0
    assert "weights" not in command.err
    html = path.with_suffix(".html").read_text()
    assert "worker-src" not in html.partition("</head>")[0]
    assert not any(replay.get("training") for replay in replays_in(html))


def test_execute_runs_the_notebook_first(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(text_of(notebook("# Run me", code("print(6 * 7)", printed("old\n")))), encoding="utf-8")
    before = path.read_bytes()
    assert command("export", path, "--execute") == 0
    html = path.with_suffix(".html").read_text(encoding="utf-8")
    assert ">42\n</pre>" in html
    assert ">old" not in html
    assert command.err.rstrip().endswith("without a recorded view: the notebook ran none")
    assert path.read_bytes() == before


@pytest.mark.kernel
def test_a_failing_cell_is_shown_and_nothing_is_written(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(text_of(notebook("# Title", code("a = [0]"), code("1 / a[0]"))), encoding="utf-8")
    assert command("export", path) == 0
    before = path.with_suffix(".html").read_bytes()
    assert command("export", path, "--execute") == 1
    assert "1 / a[0]" in command.err
    assert command.err.rstrip().endswith("cell 3 failed: ZeroDivisionError: division by zero; nothing was written")
    assert path.with_suffix(".html").read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["n.html", "n.ipynb"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe\x00", "it is not text"),
        (b"hello", "it is not JSON"),
        (b"[1]", "is not a notebook"),
        (b'{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "its JSON is that of something else"),
        (b'{"nbformat": 9, "nbformat_minor": 0, "metadata": {}, "cells": []}', "is not a notebook that can be read"),
        (b"", "it is not JSON"),
    ],
)
def test_files_that_are_not_notebooks_are_refused(
    command: Command, tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "n.ipynb"
    path.write_bytes(content)
    assert reason in command.refuses("export", path)
    assert list(tmp_path.iterdir()) == [path]


def test_unusable_paths_are_refused(command: Command, source: Path, tmp_path: Path) -> None:
    assert "does not exist" in command.refuses("export", tmp_path / "none.ipynb")
    assert "is a folder, not a notebook" in command.refuses("export", tmp_path)
    assert f"the folder {tmp_path / 'none'} does not exist" in command.refuses(
        "export", source, "-o", tmp_path / "none" / "a.html"
    )
    assert "is a folder; name the file" in command.refuses("export", source, "-o", tmp_path)
    assert "is the notebook itself" in command.refuses("export", source, "-o", source)
    assert "'pdf' is not one of" in command.refuses("export", source, "--to", "pdf")


def test_system_errors_are_one_line(command: Command, source: Path, tmp_path: Path) -> None:
    def fails(*arguments: object) -> str:
        assert command("export", source, *arguments) == 1
        (line,) = command.err.splitlines()
        return line

    assert "File name too long" in fails("-o", tmp_path / ("a" * 300 + ".html"))
    (tmp_path / "page_files").touch()
    assert f"{tmp_path / 'page_files'}: File exists" in fails("--to", "markdown", "-o", tmp_path / "page.md")
    if Path("/dev/full").exists():
        assert fails("-o", "/dev/full") == "vultorch-widget: /dev/full: No space left on device"


def test_links_and_pipes_are_followed(command: Command, source: Path, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "link.html").symlink_to(tmp_path / "site" / "page.html")
    assert command("export", source, "-o", tmp_path / "link.html") == 0
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "site" / "page.html").is_file()
    assert command("export", source, "-o", "/dev/null") == 0
    (tmp_path / "lost.html").symlink_to(tmp_path / "none" / "page.html")
    assert f"the folder {tmp_path / 'none'} does not exist" in command.refuses(
        "export", source, "-o", tmp_path / "lost.html"
    )


def test_without_a_command_the_help_is_printed(command: Command) -> None:
    assert command() == 2
    assert "Usage" in command.out + command.err
    assert "explains)" not in command.err


def test_the_help_lists_options_and_examples(command: Command) -> None:
    assert command("--help") == 0
    assert all(word in command.out for word in ("export", "fit", "lab", "Exit codes"))
    assert command("export", "--help") == 0
    assert all(word in command.out for word in ("--execute", "--theme", "Examples", "Markdown"))
    assert command("--version") == 0
    assert command.out.strip() == f"vultorch-widget {__version__}"
    assert "No such command 'paint'" in command.refuses("paint")


def test_the_tutorial_is_copied_and_nothing_is_overwritten(tmp_path: Path) -> None:
    folder = notebooks(tmp_path / "mine")
    assert (folder / "03_live_training.ipynb").is_file()
    assert (folder / "images" / "emblem.png").is_file()
    (folder / "01_hello_tensor.ipynb").write_text("changed")
    notebooks(folder)
    assert (folder / "01_hello_tensor.ipynb").read_text() == "changed"
    line = lab_command(folder, browser=False, port=9000)
    assert line[1:5] == ["-m", "jupyterlab", "--ip=127.0.0.1", "--port=9000"]
    assert "--no-browser" in line
    assert f"--ServerApp.root_dir={folder}" in line


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX's")
def test_a_copy_that_was_cut_short_is_made_again(tmp_path: Path) -> None:
    cut = (
        "import resource, signal, sys; from pathlib import Path; from vultorch_widget.cli.lab import notebooks\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "notebooks(Path(sys.argv[1]))"
    )
    done = subprocess.run([sys.executable, "-c", cut, tmp_path], capture_output=True, text=True, check=False)
    assert "File too large" in done.stderr
    notebooks(tmp_path)
    copied = tmp_path / "images" / "emblem.png"
    assert copied.read_bytes() == (notebooks(None) / "images" / "emblem.png").read_bytes()
    for path in tmp_path.glob("*.ipynb"):
        nbformat.read(path, as_version=4)


def test_lab_refuses_an_unusable_folder(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "is a file; name a folder" in command.refuses("lab", tmp_path / "file")
    assert "does not exist" in command.refuses("lab", tmp_path / "none" / "mine")


@pytest.mark.skipif(os.name != "posix", reason="the server takes over the process")
@pytest.mark.parametrize(("given", "policy"), [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")])
def test_torchs_threads_do_not_starve_the_browser(tmp_path: Path, given: dict[str, str], policy: str) -> None:
    """A module that says its environment stands where JupyterLab is."""
    (tmp_path / "jupyterlab.py").write_text("import os; print(os.environ['OMP_WAIT_POLICY'])")
    usual = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    line = [sys.executable, "-m", "vultorch_widget.cli", "lab", tmp_path / "mine"]
    done = subprocess.run(line, env=usual | {"PYTHONPATH": path} | given, capture_output=True, text=True, check=False)
    assert done.stdout == f"{policy}\n", done.stderr
