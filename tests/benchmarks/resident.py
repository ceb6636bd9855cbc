"""How much memory a process holds."""

from __future__ import annotations

import ctypes
import gc
import sys

import psutil


def resident() -> float:
    """MiB of memory that the process holds after a garbage collection.

    Freed memory that the C library keeps for reuse would be up to 100 MiB of noise, so it is returned first.
    """
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    return float(psutil.Process().memory_info().rss) / 2**20
