"""Makes torch compute on one thread where several would only wait for each other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache

import torch

SHARED = 16 << 20
"""Bytes from which work gains more from several threads than waiting for one another may cost them.

On a busy machine, two threads copied 786 kB in 8 ms (median), one thread in 0.03 ms (two cores of an AMD EPYC,
2026-11-30).
"""

FEW_CORES = 6
"""Most cores with which work for several threads is left to one: something else runs on one of them, and the others
wait for it. Two threads took 735 ms of the processor to reduce 2048 x 2048 values, one took 37 (two cores, load 8)."""


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def few_cores() -> bool:
    """Whether this process may use no more than `FEW_CORES` cores."""
    return cores() <= FEW_CORES


@contextmanager
def one_thread() -> Iterator[None]:
    """Makes torch compute on the calling thread only. On a busy machine, its threads wait for one another after every
    operation, and small operations then take many times as long.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def threads_for(size: int) -> AbstractContextManager[None]:
    """`one_thread` for work on fewer than `SHARED` bytes, or with few cores; otherwise all threads."""
    return one_thread() if size < SHARED or few_cores() else nullcontext()
