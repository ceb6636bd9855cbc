"""Work that may happen while somebody captures a CUDA graph. Needs cuda-bindings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cuda.bindings import driver


@contextmanager
def uncaptured() -> Iterator[None]:
    """What this thread allocates, frees and waits for inside neither fails because of a capture nor ends it.

    CUDA forbids that to every thread while one captures, unless the thread's mode is relaxed. It is for threads that
    work beside the user's, and for finalizers: Python may collect garbage within a capture. Errors are ignored, because
    at exit the driver may already be unloaded.
    """
    status, mode = driver.cuThreadExchangeStreamCaptureMode(driver.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED)
    try:
        yield
    finally:
        if status == driver.CUresult.CUDA_SUCCESS:
            driver.cuThreadExchangeStreamCaptureMode(mode)
