"""Checks of input and output paths before the work begins."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from .console import CommandError


def existing_file(path: Path, what: str) -> Path:
    """Returns ``path`` if it is a readable file. Raises CommandError otherwise, naming what was expected: ``what``."""
    if path.is_dir():
        raise CommandError(f"{path} is a folder, not {what}")
    if not path.exists():
        raise CommandError(f"{path} does not exist")
    if not os.access(path, os.R_OK):
        raise CommandError(f"{path} may not be read")
    return path


def free_file(path: Path) -> Path:
    """Returns ``path`` if nothing exists there, otherwise the first of ``name-2``, ``name-3`` ... that is free."""
    numbered = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in itertools.count(2))
    return path if not path.exists() else next(other for other in numbered if not other.exists())


def own_file(path: Path, mark: bytes) -> Path:
    """Returns ``path``, unless a file without ``mark`` in it exists there.

    Raises CommandError for such a file: another program or the user wrote it, and the user did not ask to replace it.
    """
    if path.is_file() and mark not in path.read_bytes():
        raise CommandError(f"{path} already exists and was not made by this command; name a file with --out")
    return path


def writable_file(path: Path) -> Path:
    """Returns ``path`` if it can be written: a file, a pipe, a device, or a link to one. Raises CommandError if not."""
    if path.is_dir():
        raise CommandError(f"{path} is a folder; name the file to be written")
    if path.exists() and not path.is_file():
        if not os.access(path, os.W_OK):
            raise CommandError(f"{path} may not be written")
        return path
    folder = path.resolve().parent
    if not folder.is_dir():
        raise CommandError(f"the folder {folder} does not exist; make it, or name another with --out")
    if not os.access(folder, os.W_OK):
        raise CommandError(f"nothing may be written into the folder {folder}")
    return path
