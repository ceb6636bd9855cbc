"""Keeps torch from writing to the cell that a mailbox is gone, which a caption says already.

`TCPStore` logs a stack trace before it raises, and a rank that is killed answers no more a while before its connection
ends, so this cannot be avoided by asking first. The level of that log can be set only by an environment variable that
counts when torch is imported, or here.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

_FATAL = 3
_lock = threading.Lock()
_inside = 0
_before = 0


@cache
def _level() -> ctypes.c_int | None:
    import torch  # noqa: PLC0415 (is imported long since)

    name = {"win32": "c10.dll", "darwin": "libc10.dylib"}.get(sys.platform, "libc10.so")
    try:
        library = ctypes.CDLL(str(Path(torch.__file__).parent / "lib" / name))
        return ctypes.c_int.in_dll(library, "FLAGS_caffe2_log_level")
    except (OSError, ValueError):  # another torch
        return None


@contextmanager
def hushed() -> Iterator[None]:
    """Silences torch's C++ log inside, warnings and errors alike. It is meant for one request."""
    global _inside, _before  # noqa: PLW0603 (torch's level is of the process as well)
    level = _level()
    if level is None:
        yield
        return
    with _lock:
        if not _inside:
            _before = level.value
            level.value = max(_before, _FATAL)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                level.value = _before


def _speak_again() -> None:
    """Ends the silence in a forked process, where the threads that were inside do not exist."""
    global _inside  # noqa: PLW0603
    level = _level() if _inside else None
    if level is not None:
        level.value = _before
    _inside = 0
    _lock.release()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_speak_again)
