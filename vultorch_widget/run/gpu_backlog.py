"""Keeps a training from running far ahead of its GPU, which would delay pictures and sliders."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

import torch

from ..tree.canvas import Canvas

DEPTH = 2
"""Ticks whose work may be queued on a GPU when the next begins: it never runs dry, and lags no further."""


class Backlog:
    """The work that one view's ticks have queued on GPUs.

    Launching a kernel or a graph returns at once, so a tick may end long before its work does. CUDA's own limit takes
    effect after about a thousand launches: with a step of 0.3 ms, a slider would act 0.3 s late.
    """

    def __init__(self) -> None:
        self._ticks: deque[list[torch.cuda.Event]] = deque()

    def limit(self, canvases: Callable[[], Iterable[Canvas]]) -> None:
        """Waits, at the end of a tick, for the work of the tick `DEPTH` earlier, on the GPUs that ``canvases`` show.

        Does nothing if all of them are on the CPU.
        """
        if not torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
            return
        tensors = [canvas.bound for canvas in canvases()]
        devices = {tensor.device for tensor in tensors if tensor is not None and tensor.is_cuda}
        if not devices:
            return
        self._ticks.append([_event(device) for device in devices])
        if len(self._ticks) > DEPTH:
            for event in self._ticks.popleft():
                event.synchronize()


def _event(device: torch.device) -> torch.cuda.Event:
    event = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
    event.record(torch.cuda.current_stream(device))
    return event
