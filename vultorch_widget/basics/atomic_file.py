"""Atomic files: they appear complete or not at all."""

from __future__ import annotations

import hashlib
import os
import platform
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .processes import has_ended

LEFT_ALONE = 60.0
"""Seconds since its last write for which a temporary file is not swept: its process may be in another container."""
_HIDDEN = ".vultorch-"
"""Name prefix of unfinished files."""
_HOST = hashlib.sha256(platform.node().encode(errors="replace")).hexdigest()[:6]
"""A hash of this machine's name. Folders may be shared with other machines, whose processes cannot be checked."""
_swept: set[Path] = set()


def write(path: Path, content: str | bytes) -> int:
    """Writes ``content`` to ``path`` atomically; see `whole`. Returns its size in bytes.

    Text becomes UTF-8, with a question mark for each unpaired surrogate. Raises OSError, which names ``path``.
    """
    data = content.encode(errors="replace") if isinstance(content, str) else content
    try:
        with whole(path) as file:
            file.write(data)
    except OSError as error:  # names no file for a full disk, or the temporary file, which means nothing to the user
        raise OSError(error.errno, error.strerror, str(path)) from error
    return len(data)


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Opens a binary file that is moved to ``path`` at the end, so nobody ever sees a part of it. Thread-safe.

    If anything is raised meanwhile, an existing file is left unchanged. A file that is replaced keeps its permissions,
    and a link keeps pointing to it. Pipes and devices are written to directly, and are not seekable. Raises OSError if
    nothing can be written.
    """
    mode = _mode(path)
    if mode is not None and not stat.S_ISREG(mode):
        with path.open("wb") as file:
            yield file
        return
    target = path.resolve()
    _sweep(target.parent)
    temporary = target.with_name(f"{_HIDDEN}{_HOST}-{os.getpid()}-{secrets.token_hex(6)}")  # its length is fixed
    try:
        with temporary.open("x+b") as file:  # not `tempfile`, which ignores the umask
            if mode is not None:
                temporary.chmod(stat.S_IMODE(mode))  # before it has any content
            yield file
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sweep(folder: Path) -> None:
    """Removes unfinished files of killed processes from ``folder``, once per folder."""
    if folder in _swept:
        return
    _swept.add(folder)
    with suppress(OSError):
        for left in folder.glob(f"{_HIDDEN}{_HOST}-*-*"):
            owner = left.name.split("-")[-2]
            if owner.isdecimal() and has_ended(int(owner)) and time.time() - left.stat().st_mtime > LEFT_ALONE:
                left.unlink(missing_ok=True)


def _mode(path: Path) -> int | None:
    """Type and permissions of the file at ``path``, following links; None if there is none."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None
