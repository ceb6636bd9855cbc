"""A training step as one CUDA graph, for steps whose kernels take longer to launch than to run."""

from __future__ import annotations

import contextlib
import gc
import threading
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import torch

WARM_UP = 3
"""Eager steps before the capture, as torch requires: libraries and optimisers initialise themselves."""

Step = Callable[[], torch.Tensor]
_CAPTURING = threading.RLock()  # torch can only do one capture at a time


class GraphedStep:
    """``step``, a function without arguments that takes one training step on a GPU, replayed as a CUDA graph.

    The first three calls run it eagerly; they are steps like all others. The next call captures it, and from then on
    each call replays the capture: the same kernels on the same memory, without Python in between. So the step must read
    its data from the same tensors every time (write new data *into* them), use only tensors on one GPU, and read
    nothing back (no ``.item()``, no ``print(loss)``). The optimiser needs ``capturable=True``.

    Later, only what is written into tensors takes effect: parameters, data, buffers, and a learning rate that is a
    tensor on the GPU, by ``lr.fill_(value)``. All else stays as it was captured: the optimiser's other options, which
    parameters are frozen, ``model.train()`` and ``model.eval()``, layers, branches and numbers. After such a change,
    call `reset`. Hooks are no longer called, though what they did on the GPU is done again in each step.

    Without a GPU, the step always runs eagerly. If the capture fails, it does so from then on; one RuntimeWarning and
    ``eager_reason`` say why.

    Args:
        step: Returns a tensor, such as the loss. The next call overwrites it.
        device: The GPU; None for that of the first step's tensor.

    Attributes:
        device: As given, and after the first step that of its tensor.
        eager_reason: Why steps run eagerly; empty if they are replayed, or will be.

    """

    def __init__(self, step: Step, device: str | torch.device | None = None) -> None:
        self._step = step
        self._calls = 0
        self._graph: torch.cuda.CUDAGraph | None = None
        self._output: torch.Tensor | None = None
        self.device = torch.device("cuda" if device is None else device)
        self.eager_reason = _ungraphed(self.device)

    @property
    def captured(self) -> bool:
        """Whether calls replay the capture by now."""
        return self._graph is not None

    def __call__(self) -> torch.Tensor:
        """Takes a step and returns the step's tensor, detached, without waiting for the device."""
        if self._graph is not None and self._output is not None:
            self._graph.replay()
            return self._output
        if self.eager_reason:
            return self._step().detach()
        with torch.cuda.device(self.device):
            self._calls += 1
            return self._warm_up() if self._calls <= WARM_UP else self._capture()

    def reset(self) -> None:
        """Drops the capture. The next calls take eager steps and capture the step as it then is; see above."""
        self._graph = self._output = None
        self._calls = 0
        self.eager_reason = _ungraphed(self.device)

    def _warm_up(self) -> torch.Tensor:
        """Runs on a side stream: work on the default stream might prevent the later capture."""
        current = torch.cuda.current_stream()
        side: torch.cuda.Stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(current)
        try:
            with torch.cuda.stream(side):
                output = self._step().detach()
        finally:
            current.wait_stream(side)  # also for what a step that raises has queued
        if output.is_cuda:
            output.record_stream(current)
            self.device = output.device
        return output

    def _capture(self) -> torch.Tensor:
        graph = torch.cuda.CUDAGraph()
        try:
            output = self._recorded(graph)
        except RuntimeError as error:
            self.eager_reason = str(error).partition("\n")[0]
        else:
            graph.replay()  # capturing does not run the step
            self._graph, self._output = graph, output.detach()
            return self._output
        warnings.warn(
            f"{self._step!r} cannot be captured as a CUDA graph and runs as it is: {self.eager_reason}. "
            "A step may not wait for the GPU (.item(), .cpu(), print) and its optimiser needs capturable=True.",
            RuntimeWarning,
            stacklevel=4,
        )
        # The error is gone by now. It held the autograd graph of the failed step, which belongs to another stream.
        return self._step().detach()

    def _recorded(self, graph: torch.cuda.CUDAGraph) -> torch.Tensor:
        """Captures the step into ``graph``. Whatever the step raises comes through, and no capture stays open.

        As a context manager, `torch.cuda.graph` raises an error of its own if CUDA refuses the end of a capture, and
        leaves its stream the current one.
        """
        pool, stream = torch.cuda.graph_pool_handle(), _stream(self.device)
        generator = torch.cuda.default_generators[torch.cuda.current_device()]
        # Other threads may use the GPU meanwhile.
        capture = torch.cuda.graph(graph, pool=pool, stream=stream, capture_error_mode="thread_local")
        with _CAPTURING, _uncollected(), torch.cuda.stream(stream):
            random = generator.get_state()
            try:
                capture.__enter__()
                output = self._step()
                capture.__exit__(None, None, None)
            except BaseException:
                _leave_capture(graph, pool, generator, random)
                raise
        return output


def _ungraphed(device: torch.device) -> str:
    """Why no step can be captured on ``device``; empty if steps can be."""
    if device.type != "cuda":
        return f"steps on {device.type!r} cannot be captured"
    return "" if torch.cuda.is_available() else "there is no CUDA device"


@cache
def _stream(device: torch.device) -> torch.cuda.Stream:
    """The stream on which steps of ``device`` are captured. torch's own is on the GPU of the first capture."""
    return torch.cuda.Stream(device)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Inside it, Python collects no garbage: a capture fails if a graph or memory of the GPU is freed meanwhile."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _leave_capture(graph: torch.cuda.CUDAGraph, pool: Any, generator: torch.Generator, random: torch.Tensor) -> None:
    """Ends a failed capture of the current stream, also where torch does not: in its generator and its allocator.

    Every random operation would fail, and memory that several streams have used would never be used again.
    """
    # RuntimeError: the capture had not begun, or has failed; AttributeError: a torch without these functions.
    with contextlib.suppress(RuntimeError):
        graph.capture_end()
    fresh = torch.Generator(generator.device)
    fresh.set_state(random)
    generator.graphsafe_set_state(fresh.graphsafe_get_state())
    with contextlib.suppress(RuntimeError, AttributeError):
        torch._C._cuda_endAllocateToPool(torch.cuda.current_device(), pool)
        torch._C._cuda_releasePool(torch.cuda.current_device(), pool)


def graphed(step: Step) -> GraphedStep:
    """Decorator for a training step: a function of no arguments that returns a tensor. See `GraphedStep`.

    ::

        @vultorch_widget.graphed
        def step():
            optimizer.zero_grad()
            loss = functional.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
            return loss
    """
    return GraphedStep(step)
