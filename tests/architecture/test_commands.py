"""The commands of the Makefile, as far as they can be tried without a full setup."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A folder with the commands that a script needs, but none of the development tools."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "env", "grep", "id", "readlink"):
        command = shutil.which(name)
        assert command is not None
        (folder / name).symlink_to(command)
    return folder


def test_without_apt_what_is_missing_is_said(bare_path: Path) -> None:
    environment = {**os.environ, "PATH": str(bare_path), "PYTHON": "no-such-python"}
    result = subprocess.run(
        [ROOT / ".ci" / "system-packages"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.returncode == 0  # everything else is still done
    assert "python3-venv: without it, nothing can be set up" in result.stderr
    assert "glslc: without it, shaders cannot be rebuilt" in result.stderr
    assert "chromium: without it, the browser tests need Playwright's own" in result.stderr
    assert "sudo apt-get install python3-venv" in result.stderr


def test_every_target_is_explained() -> None:
    result = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=True)
    explained = {line.split()[0] for line in result.stdout.splitlines() if line.startswith("  ")}
    targets = {
        "setup",
        "system",
        "hooks",
        "fixture",
        "lab",
        "test",
        "quick",
        "lint",
        "format",
        "protocol",
        "shaders",
        "docs",
        "bench",
    }
    assert targets | {"clean"} <= explained


@pytest.mark.parametrize(
    ("outcomes", "status", "last"),
    [
        ((0, 0), 0, "Passed: front-end python"),
        ((1, 0), 1, "FAILED: front-end (see their output above)"),
        ((1, 1), 1, "FAILED: front-end python (see their output above)"),
    ],
)
def test_a_suite_that_fails_keeps_no_other_from_being_run(
    tmp_path: Path, outcomes: tuple[int, int], status: int, last: str
) -> None:
    suites = zip(("front-end", "python"), outcomes, strict=True)
    rules = (f"{name}:\n\t@echo {name} ran\n\t@exit {outcome}\n" for name, outcome in suites)
    (tmp_path / "Makefile").write_text("\n".join(rules), encoding="utf-8")
    result = subprocess.run(
        [ROOT / ".ci" / "each", "front-end", "python"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    lines = result.stdout.splitlines()
    assert result.returncode == status
    assert [line for line in lines if line.endswith("ran")] == ["front-end ran", "python ran"]
    assert lines[-1] == last


def test_lab_lets_torchs_threads_sleep_unless_the_user_wants_otherwise(tmp_path: Path) -> None:
    dry = ["make", "-n", f"VENV={tmp_path}", "lab"]
    printed = subprocess.run(dry, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
    (line,) = [line for line in printed.splitlines() if "-m jupyterlab" in line]
    shown = line.replace(f"{tmp_path}/bin/python -m jupyterlab", "printenv OMP_WAIT_POLICY #")
    usual = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    for given, policy in (({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")):
        said = subprocess.run(["bash", "-c", shown], env=usual | given, capture_output=True, text=True, check=True)
        assert said.stdout == f"{policy}\n"


def test_an_old_python_is_refused(tmp_path: Path) -> None:
    """Uses this interpreter, but makes it report version 3.9."""
    old = tmp_path / "python3.9"
    older = "import sys; sys.version_info = (3, 9, 18)"
    old.write_text(f'#!/bin/sh\nshift\nexec {sys.executable} -c "{older}\n$@"\n', encoding="utf-8")
    old.chmod(0o755)
    venv = tmp_path / "venv"
    result = subprocess.run(
        ["make", f"PYTHON={old}", f"VENV={venv}", f"{venv}/.python"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.returncode != 0
    assert "Python 3.10 or newer is needed" in result.stderr
    assert "is 3.9" in result.stderr
    assert not venv.exists()
