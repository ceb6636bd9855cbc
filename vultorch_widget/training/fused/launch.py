"""Launches kernels, and captures many launches as one CUDA graph."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from cuda.bindings import driver

from ...basics.captures import uncaptured
from ...basics.nvrtc import checked

Args = tuple[torch.Tensor | int, ...]
"""A kernel's arguments: a tensor is passed as a pointer, a number as an int."""


def launch(kernel: Any, blocks: int, threads: int, args: Args, stream: int, *, memory: int = 0, ahead: bool) -> None:
    """Queues ``kernel`` on ``stream`` with ``memory`` bytes of dynamic shared memory.

    ``ahead`` lets it start before the previous kernel ends; the kernel must then wait for it itself (programmatic
    dependent launch).
    """
    config = driver.CUlaunchConfig()
    config.gridDimX, config.gridDimY, config.gridDimZ = blocks, 1, 1
    config.blockDimX, config.blockDimY, config.blockDimZ = threads, 1, 1
    config.sharedMemBytes, config.hStream = memory, driver.CUstream(stream)
    if ahead:
        attribute, value = driver.CUlaunchAttribute(), driver.CUlaunchAttributeValue()
        attribute.id = driver.CUlaunchAttributeID.CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION
        value.programmaticStreamSerializationAllowed = 1
        attribute.value = value
        config.attrs, config.numAttrs = [attribute], 1
    values = tuple(arg.data_ptr() if isinstance(arg, torch.Tensor) else arg for arg in args)
    kinds = tuple(ctypes.c_void_p if isinstance(arg, torch.Tensor) else ctypes.c_int for arg in args)
    checked(driver.cuLaunchKernelEx(config, kernel, (values, kinds), 0))


def captured(queue: Callable[[int], None]) -> Any:
    """Captures what ``queue`` queues on its stream, as an executable graph. Nothing runs. What ``queue`` raises comes
    through, and nothing of the capture stays.

    torch's own capture would empty caches and wait for the device. The mode is relaxed: if Python's garbage collector
    frees GPU memory meanwhile, the capture survives.
    """
    with _new_stream() as stream:
        try:
            checked(driver.cuStreamBeginCapture(stream, driver.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED))
            queue(int(stream))
            graph = checked(driver.cuStreamEndCapture(stream))
        except BaseException:
            status, graph = driver.cuStreamEndCapture(stream)
            if not int(status):
                driver.cuGraphDestroy(graph)
            raise
    try:
        return checked(driver.cuGraphInstantiate(graph, 0))
    finally:
        driver.cuGraphDestroy(graph)


@contextmanager
def _new_stream() -> Iterator[Any]:
    """A stream that nobody else has. torch hands out the same 32 in turn, so what the user queues on such a stream
    meanwhile, from another thread, would be captured instead of run.
    """
    with uncaptured():
        stream = checked(driver.cuStreamCreate(int(driver.CUstream_flags.CU_STREAM_NON_BLOCKING)))
        try:
            yield stream
        finally:
            driver.cuStreamDestroy(stream)


def replay(graph: Any, stream: int) -> None:
    """Queues ``graph`` on ``stream``."""
    checked(driver.cuGraphLaunch(graph, driver.CUstream(stream)))


def destroy(graphs: dict[int, Any]) -> None:
    """Frees the memory of ``graphs``. Nothing is checked: at exit the driver may already be unloaded.

    Python's collector may call this while the thread captures another graph, which goes on.
    """
    with uncaptured():
        for graph in graphs.values():
            driver.cuGraphExecDestroy(graph)
        graphs.clear()
