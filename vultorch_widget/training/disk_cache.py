"""Bytes that take long to make, kept in the user's cache folder."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ..basics import atomic_file

_DIGEST = hashlib.sha256().digest_size


def cached(name: str, make: Callable[[], bytes]) -> bytes:
    """What ``make`` once returned under ``name``, from disk if it is there undamaged.

    Where nothing can be kept, for example without a home folder or on a full disk, ``make`` is called each time.
    """
    folder = _folder()
    if folder is None:
        return make()
    path = folder / name
    with suppress(OSError):
        kept = path.read_bytes()
        content, digest = kept[:-_DIGEST], kept[-_DIGEST:]
        if hashlib.sha256(content).digest() == digest:
            return content
    content = make()
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        atomic_file.write(path, content + hashlib.sha256(content).digest())
    return content


def _folder() -> Path | None:
    """A folder that only the user can write to, since code in it is executed; None if the user has no home folder."""
    given = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    try:
        return (Path(given) if given else Path.home() / ".cache") / "vultorch_widget"
    except RuntimeError:
        return None
