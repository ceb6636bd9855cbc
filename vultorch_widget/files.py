"""Files that are there whole or not at all."""

from __future__ import annotations

import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


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
    temporary = target.with_name(f".{secrets.token_hex(6)}")  # the name itself may be as long as names can be
    try:
        with temporary.open("x+b") as file:  # not `tempfile`, which knows no umask
            if mode is not None:
                temporary.chmod(stat.S_IMODE(mode))  # before there is anything in it
            yield file
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int | None:
    """Type and permissions of what stands at ``path``, behind all links; None where nothing does."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None
