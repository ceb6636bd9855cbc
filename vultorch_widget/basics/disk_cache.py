"""Bytes that take long to make and that are executed later, kept where only the user can write."""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from . import atomic_file

_DIGEST = hashlib.sha256().digest_size
_AS_IT_IS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""Follows no link and waits for no pipe."""
_log = logging.getLogger(__name__)


def cached(name: str, make: Callable[[], bytes]) -> bytes:
    """What ``make`` once returned under ``name``, from disk if it is there undamaged.

    Where nothing can be kept, for example without a home folder or on a full disk, ``make`` is called each time. So it
    is if the folder is open to other users, who could leave there what is executed here; the log says so once.
    """
    folder = _folder()
    if folder is None:
        return make()
    path = folder / name
    with suppress(OSError):
        kept = _read(path)
        content, digest = kept[:-_DIGEST], kept[-_DIGEST:]
        if hashlib.sha256(content).digest() == digest:
            return content
    content = make()
    with suppress(OSError):
        path.unlink(missing_ok=True)  # a file that is replaced would keep its permissions
        atomic_file.write(path, content + hashlib.sha256(content).digest())
        path.chmod(0o600)
    return content


def _folder() -> Path | None:
    """The folder, made if it is not there; None if there can be none or others could use it."""
    given = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    with suppress(RuntimeError, OSError):  # RuntimeError: the user has no home folder
        folder = (Path(given) if given else Path.home() / ".cache") / "vultorch_widget"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _closed(folder.stat()):
            return folder
        _warn(folder)
    return None


def _read(path: Path) -> bytes:
    """The content of a file that nobody else can have written. Raises OSError for any other."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | _AS_IT_IS)) as file:
        status = os.fstat(file.fileno())
        if not (_closed(status) and stat.S_ISREG(status.st_mode)):  # from a time when the folder was open
            raise PermissionError(f"{path} may be somebody else's")
        return file.read()


def _closed(status: os.stat_result) -> bool:
    """Whether only this user can use what has this ``status``. On Windows, the folder of a user is closed to others."""
    return sys.platform == "win32" or (status.st_uid == os.geteuid() and not status.st_mode & 0o077)


@cache
def _warn(folder: Path) -> None:
    """Says, once for each folder, why kernels are not kept in it."""
    _log.warning(
        "Compiled kernels are not kept: %s must belong to you and be closed to others (chmod 700), "
        "since what is in it is executed.",
        folder,
    )
