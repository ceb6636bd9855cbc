"""What is kept on disk because making it takes long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vultorch_widget.training.disk_cache import cached

resource = pytest.importorskip("resource", reason="on Windows, folders and limits are others")

CONTENT = bytes(range(256)) * 64


class Maker:
    """Makes `CONTENT`, and counts how often."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> bytes:
        self.made += 1
        return CONTENT


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "vultorch_widget"


def test_it_is_made_once(folder: Path) -> None:
    maker = Maker()
    assert [cached("kernel", maker) for _ in range(3)] == [CONTENT] * 3
    assert maker.made == 1
    assert [path.name for path in folder.iterdir()] == ["kernel"]


@pytest.mark.parametrize("damage", ["cut", "empty", "changed"])
def test_a_damaged_file_is_replaced(folder: Path, damage: str) -> None:
    maker = Maker()
    cached("kernel", maker)
    kept = (folder / "kernel").read_bytes()
    damaged = {"cut": kept[:1000], "empty": b"", "changed": b"?" + kept[1:]}[damage]
    (folder / "kernel").write_bytes(damaged)
    assert cached("kernel", maker) == CONTENT
    assert cached("kernel", maker) == CONTENT
    assert maker.made == 2


def test_without_a_home_folder_it_is_made_each_time() -> None:
    """In a process of a user without an entry among the machine's users, as in a container."""
    if os.getuid() != 0:
        pytest.skip("only root may become another user")
    program = (
        "import os; from vultorch_widget.training.disk_cache import cached; os.setuid(54321)\n"
        "print([cached('kernel', lambda: b'made') for _ in range(2)])"
    )
    without = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_CACHE_HOME")}
    done = subprocess.run([sys.executable, "-c", program], env=without, capture_output=True, text=True, check=False)
    assert done.stdout == "[b'made', b'made']\n", done.stderr


def test_a_disk_that_fills_up_leaves_no_part_of_a_file(folder: Path) -> None:
    usual = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        assert cached("kernel", Maker()) == CONTENT
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, usual)
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_made_costs_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cached("kernel", Maker()) == CONTENT
