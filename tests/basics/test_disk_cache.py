"""What is kept on disk because making it takes long."""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from vultorch_widget.basics.disk_cache import cached

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


@pytest.mark.parametrize("kind", ["unreadable", "another's", "open", "a link", "a pipe", "of a generous umask"])
def test_a_file_that_others_may_have_written_is_replaced(folder: Path, tmp_path: Path, kind: str) -> None:
    """It may be from a time when the folder was open. It is replaced once, and what replaces it is used."""
    maker = Maker()
    cached("kernel", maker)
    path = folder / "kernel"
    planted = path.read_bytes()[:-32].replace(b"\x00", b"?")
    planted += hashlib.sha256(planted).digest()
    path.unlink()
    if kind == "a pipe":
        os.mkfifo(path, 0o600)
    elif kind == "a link":
        (tmp_path / "elsewhere").write_bytes(planted)
        (tmp_path / "elsewhere").chmod(0o600)
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.write_bytes(planted)
        path.chmod({"unreadable": 0o000, "another's": 0o600, "open": 0o606}.get(kind, 0o664))
    if kind == "another's":
        if os.geteuid() != 0:
            pytest.skip("only root may give files away")
        os.chown(path, 54321, -1)
    if kind == "unreadable" and os.geteuid() == 0:
        pytest.skip("root may read any file")
    before = os.umask(0)
    try:
        assert [cached("kernel", maker) for _ in range(3)] == [CONTENT] * 3
    finally:
        os.umask(before)
    assert maker.made == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    if kind == "a link":
        assert (tmp_path / "elsewhere").read_bytes() == planted


def _open_to_group(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    folder.chmod(0o770)


def _readable_by_all(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    folder.chmod(0o755)


def _given_away(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may give folders away")
    folder.mkdir(mode=0o700)
    os.chown(folder, 54321, -1)


def _link_to_an_open_one(folder: Path) -> None:
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o777)
    folder.symlink_to(elsewhere)


@pytest.mark.parametrize("prepare", [_open_to_group, _readable_by_all, _given_away, _link_to_an_open_one])
def test_a_folder_that_is_open_to_others_is_neither_read_nor_written_and_the_log_says_so_once(
    folder: Path, prepare: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    prepare(folder)
    planted = b"planted"
    (folder / "kernel").write_bytes(planted + hashlib.sha256(planted).digest())
    (folder / "kernel").chmod(0o600)
    maker = Maker()
    assert [cached(name, maker) for name in ("kernel", "kernel", "other")] == [CONTENT] * 3
    assert maker.made == 3
    assert [path.name for path in folder.iterdir()] == ["kernel"]
    (said,) = caplog.messages
    assert f"Compiled kernels are not kept: {folder} must belong to you and be closed to others" in said


def test_a_folder_that_is_closed_afterwards_is_used(folder: Path) -> None:
    _open_to_group(folder)
    maker = Maker()
    cached("kernel", maker)
    folder.chmod(0o700)
    assert [cached("kernel", maker) for _ in range(2)] == [CONTENT] * 2
    assert maker.made == 2


def test_a_link_to_a_closed_folder_of_the_user_is_followed(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "large disk"
    elsewhere.mkdir(mode=0o700)
    folder.symlink_to(elsewhere)
    maker = Maker()
    assert [cached("kernel", maker) for _ in range(2)] == [CONTENT] * 2
    assert maker.made == 1
    assert (elsewhere / "kernel").is_file()


def test_the_folder_that_is_made_is_closed_whatever_the_umask_is(folder: Path) -> None:
    before = os.umask(0)
    try:
        cached("kernel", Maker())
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_without_a_home_folder_it_is_made_each_time() -> None:
    """In a process of a user without an entry among the machine's users, as in a container."""
    if os.getuid() != 0:
        pytest.skip("only root may become another user")
    program = (
        "import os; from vultorch_widget.basics.disk_cache import cached; os.setuid(54321)\n"
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


def test_a_folder_that_may_not_be_written_costs_nothing_else() -> None:
    """In a process of a user other than root, who may write anywhere."""
    program = (
        "import os; from pathlib import Path; from vultorch_widget.basics.disk_cache import cached\n"
        "folder = Path(os.environ['XDG_CACHE_HOME'], 'vultorch_widget'); folder.mkdir(); folder.chmod(0o500)\n"
        "os.getuid() or (os.chown(folder, 54321, -1), os.setuid(54321))\n"
        "print([cached('kernel', lambda: b'made') for _ in range(2)])"
    )
    with tempfile.TemporaryDirectory() as above:
        Path(above).chmod(0o711)
        line, given = [sys.executable, "-c", program], os.environ | {"XDG_CACHE_HOME": above}
        done = subprocess.run(line, env=given, capture_output=True, text=True, check=False)
        assert (done.stdout, done.stderr) == ("[b'made', b'made']\n", "")
        assert list(Path(above, "vultorch_widget").iterdir()) == []


def test_a_folder_that_cannot_be_made_costs_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cached("kernel", Maker()) == CONTENT
