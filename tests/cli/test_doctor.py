"""`vultorch-widget doctor`."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import torch

from tests.patience import PATIENCE
from vultorch_widget.basics.threads import cores
from vultorch_widget.cli.diagnosis import Finding, examine

from .command import Command

ROOT = Path(__file__).parents[2]


def by_subject() -> dict[str, Finding]:
    return {finding.subject: finding for finding in examine()}


def test_doctor_lists_this_machine(command: Command) -> None:
    assert command("doctor") == 0
    for expected in (torch.__version__, f"jupyterlab {version('jupyterlab')}", f"anywidget {version('anywidget')}"):
        assert expected in command.out
    found = by_subject()
    assert found["Front end"].verdict == found["Kernel"].verdict == "ok"
    assert (found["CUDA"].verdict == "ok") == torch.cuda.is_available()


def test_threads_that_spin_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def finding(threads: int, policy: str) -> Finding:
        torch.set_num_threads(threads)
        monkeypatch.setenv("OMP_WAIT_POLICY", policy)
        return next(finding for finding in examine() if finding.subject == "CPU threads")

    before = torch.get_num_threads()
    try:
        for threads, policy, spin in ((2, "", True), (2, "active", True), (2, "passive", False), (1, "", False)):
            found = finding(threads, policy)
            assert found.found.startswith(f"torch uses {threads} on {cores()} available cores")
            assert found.found.endswith(f"OMP_WAIT_POLICY={policy or '(not set)'}")
            assert found.verdict == ("slower" if spin else "ok")
            assert ("start Jupyter with OMP_WAIT_POLICY=PASSIVE" in found.advice) == spin
    finally:
        torch.set_num_threads(before)


def test_without_a_vulkan_driver_it_says_what_to_install() -> None:
    """Runs in another process: the loader searches for drivers only once."""
    environment = os.environ | {"VK_DRIVER_FILES": "/nonexistent", "VK_ICD_FILENAMES": "/nonexistent", "COLUMNS": "200"}
    line = [sys.executable, "-m", "vultorch_widget.cli", "doctor"]
    done = subprocess.run(
        line, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    told = " ".join(done.stdout.split())
    assert "there is no Vulkan driver" in told
    assert "sudo apt-get install mesa-vulkan-drivers" in told
    assert "Vulkan device" not in told


def test_a_front_end_that_is_not_built_is_a_failure(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_file", lambda _: False)
    assert command("doctor") == 1
    assert "not built" in command.out
    assert "make setup" in command.out


def test_packages_that_are_missing_or_old_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import PackageNotFoundError

    def absent(package: str) -> str:
        if package == "ipykernel":
            return "6.29.5"
        raise PackageNotFoundError(package)

    monkeypatch.setattr("vultorch_widget.cli.diagnosis.version", absent)
    found = by_subject()
    assert found["Kernel"] == Finding(
        "Kernel",
        "ipykernel 6.29.5",
        "slower",
        "Controls take effect between two frames; from 7.1 on, also while a cell runs",
    )
    assert found["JupyterLab"].advice.endswith("pip install 'vultorch-widget[lab]'")
    assert found["anywidget"].verdict == "missing"
    assert found["anywidget"].advice == "pip install anywidget"
