"""A view's temporary files, and file names from untrusted sources."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.patience import PATIENCE
from vultorch_widget.basics import atomic_file
from vultorch_widget.transfer.temporary_folder import LONGEST_NAME, Folder, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("cat.png", "cat.png"),
        ("Großer Würfel 3.EXR", "Großer Würfel 3.EXR"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\cat.png", "cat.png"),
        ("/etc/cron.d/", "file"),
        ("", "file"),
        ("..", "file"),
        (".bashrc", "bashrc"),
        ("a\0b\nc.png", "abc.png"),
        ("exe.\u202egpj", "exe.gpj"),
        ('a<b>:"|?*.png', "a_b______.png"),
        ("nul.txt", "_nul.txt"),
        ("COM1", "_COM1"),
        ("com¹.png", "_com¹.png"),
        ("CONIN$", "_CONIN$"),
        ("ends with dots. . .", "ends with dots"),
        ("archive.tar.gz", "archive.tar.gz"),
        ("e\u0301.png", "\u00e9.png"),
        ("x" * 500 + ".png", "x" * (LONGEST_NAME - 4) + ".png"),
    ],
)
def test_names_are_made_safe_with_few_changes(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=300))
def test_any_name_is_one_file_in_one_folder(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= LONGEST_NAME
    assert Path("folder", safe).parent == Path("folder")
    assert not safe.startswith(".")
    assert safe.isprintable()
    assert safe_name(safe) == safe


@pytest.mark.parametrize("name", ["漢" * 300 + ".png", "🐈" * 300 + ".jpeg", "a." + "ü" * 300])
def test_a_long_name_fits_a_file_system(name: str, tmp_path: Path) -> None:
    atomic_file.write(tmp_path / safe_name(name), "there")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["there"]


def test_every_file_has_its_own_subfolder_until_the_folder_is_closed() -> None:
    folder = Folder()
    first, second = folder.place("a.png"), folder.place("a.png")
    assert first != second
    assert first.name == second.name == "a.png"
    first.write_bytes(b"1")
    second.write_bytes(b"2")
    folder.discard(first)
    assert not first.parent.exists()
    folder.close()
    folder.close()
    assert not second.parent.parent.exists()
    with pytest.raises(ValueError, match=r"'a\.png' has no place any more"):
        folder.place("a.png")


def test_an_unreferenced_folder_is_removed() -> None:
    folder = Folder()
    path = folder.place("a.png")
    path.write_bytes(b"1")
    del folder
    gc.collect()
    assert not path.parent.parent.exists()


def test_a_folder_is_removed_when_python_exits() -> None:
    program = (
        "from vultorch_widget.transfer.temporary_folder import Folder\n"
        "folder = Folder()\npath = folder.place('a.png')\npath.write_bytes(b'1')\nprint(path)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=PATIENCE)
    path = Path(done.stdout.strip())
    assert path.name == "a.png"
    assert not path.parent.parent.exists()


def test_a_system_without_space_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere at all")
    with pytest.raises(ValueError, match=r"'a\.png' has no place on the kernel's machine.*nowhere at all"):
        Folder().place("a.png")


def test_unfinished_files_of_killed_processes_are_removed_by_the_next_write(tmp_path: Path) -> None:
    killed = (
        "import os, signal, sys; from pathlib import Path; from vultorch_widget.basics import atomic_file\n"
        "with atomic_file.whole(Path(sys.argv[1])) as file:\n"
        "    file.write(b'half'); file.flush(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    for name in ("old.bin", "new.bin"):
        subprocess.run([sys.executable, "-c", killed, str(tmp_path / name)], check=False)
    old, new = sorted(tmp_path.iterdir())
    foreign = tmp_path / ".vultorch-ffffff-1-abcdef"
    foreign.write_bytes(b"another machine's")
    for file in (old, foreign):
        os.utime(file, (0, 0))
    with atomic_file.whole(tmp_path / "mine.bin") as mine:
        atomic_file.write(tmp_path / "other.bin", b"whole")
        mine.write(b"mine")
    assert {file.name for file in tmp_path.iterdir()} == {"mine.bin", "other.bin", foreign.name, new.name}


def test_a_folder_that_the_system_has_removed_is_made_again() -> None:
    folder = Folder()
    first = folder.place("a.png")
    shutil.rmtree(first.parent.parent)
    second = folder.place("a.png")
    second.write_bytes(b"2")
    assert second.parent.parent.stat().st_mode & 0o077 == 0  # nobody else's
    folder.close()
    assert not second.parent.parent.exists()
