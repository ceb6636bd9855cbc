"""How much memory a process holds."""

from __future__ import annotations

import ctypes
import gc
import sys

import psutil


def resident() -> float:
    """MiB of memory that the process holds, when what is garbage is gone.

    What the C library keeps of freed memory, to hand out again, would be up to 100 MiB of noise: it gives that back.
    """
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    return float(psutil.Process().memory_info().rss) / 2**20
