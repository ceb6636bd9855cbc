"""Files that are there whole or not at all."""

from __future__ import annotations

import hashlib
import os
import platform
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

LEFT_ALONE = 60.0
"""Seconds since it was last written to for which a file is not swept: its process may be in another container."""
_HIDDEN = ".vultorch-"
"""How the names begin of files that are not whole yet."""
_HOST = hashlib.sha256(platform.node().encode(errors="replace")).hexdigest()[:6]
"""Of this machine: folders may be shared with others, whose processes cannot be asked for."""
_swept: set[Path] = set()


def write(path: Path, content: str | bytes) -> int:
    """Puts ``content`` at ``path``; see `whole`. Returns how many bytes it has.

    Text becomes UTF-8, with a question mark for each half of a surrogate pair. Raises OSError, which names ``path``.
    """
    data = content.encode(errors="replace") if isinstance(content, str) else content
    try:
        with whole(path) as file:
            file.write(data)
    except OSError as error:  # a full disk has no name, and the temporary file's says nothing to anybody
        raise OSError(error.errno, error.strerror, str(path)) from error
    return len(data)


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A binary file to write, which is put at ``path`` in the end: nobody sees a part of it. Safe on any thread.

    What stood there stays where anything is raised within. Of a file that stood there the permissions are kept, and a
    link goes on pointing to it. A pipe or a device gets what is written as it comes, and cannot be sought in. Raises
    OSError where nothing can be written.
    """
    mode = _mode(path)
    if mode is not None and not stat.S_ISREG(mode):
        with path.open("wb") as file:
            yield file
        return
    target = path.resolve()
    _sweep(target.parent)
    temporary = target.with_name(f"{_HIDDEN}{_HOST}-{os.getpid()}-{secrets.token_hex(6)}")  # not longer with the name
    try:
        with temporary.open("x+b") as file:  # not `tempfile`, which knows no umask
            if mode is not None:
                temporary.chmod(stat.S_IMODE(mode))  # before there is anything in it
            yield file
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sweep(folder: Path) -> None:
    """Removes what processes that were killed while they wrote have left in ``folder``; once for each folder."""
    if folder in _swept or sys.platform == "win32":  # where asking whether a process lives would end it
        return
    _swept.add(folder)
    with suppress(OSError):
        for left in folder.glob(f"{_HIDDEN}{_HOST}-*-*"):
            owner = left.name.split("-")[-2]
            if owner.isdecimal() and not _lives(int(owner)) and time.time() - left.stat().st_mtime > LEFT_ALONE:
                left.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OverflowError:  # no number of a process
        return False
    except OSError:  # another user's
        return True
    return True


def _mode(path: Path) -> int | None:
    """Type and permissions of what stands at ``path``, behind all links; None where nothing does."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None
