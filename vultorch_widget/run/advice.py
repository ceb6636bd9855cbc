"""What a user should be told of bound tensors: values that are no colours, and a graph that grows with each frame.

Looks are rare and small: 64 x 64 values of each canvas, once in two seconds while a page is there. A GPU is not waited
for; what it was asked at one look is read at the next.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable

import torch

from ..basics.cadence import Cadence
from ..pictures import tensors
from ..tree.canvas import Canvas

INTERVAL = 2.0
"""Seconds between two looks. What is told has been so at two of them."""
SIDE = 64
"""Rows and columns that are looked at."""
SLACK = 0.02
"""By how much values may leave 0..1 without being called anything else."""
MANY = 0.1
"""Part of the values that may do so by more."""


class _Range:
    """The least and the greatest value of a sample, and the part of it that is no colour, once they are there."""

    def __init__(self, sample: torch.Tensor) -> None:
        values = sample.float()
        outside = ((values < -SLACK) | (values > 1 + SLACK)).float().mean()
        found = torch.stack([*torch.aminmax(values), outside])
        self._found = torch.empty(3, pin_memory=found.is_cuda)
        self._found.copy_(found, non_blocking=True)

    def remedy(self) -> str:
        """What to do about it; empty where the values are colours."""
        least, most, outside = self._found.tolist()
        if not outside > MANY:  # NaN too is something else
            return ""
        extent = f"{least:.3g} to {most:.3g}"
        if least >= -SLACK and most <= 255:
            return f"{extent}: divide by 255, or bind uint8"
        if most <= 1 + SLACK and least >= -1 - SLACK:
            return f"{extent}: set `canvas.gain` and `canvas.offset` to 0.5, which shows -1 to 1"
        return f"{extent}: undo the normalisation, set `canvas.gain` and `canvas.offset`, or use `vultorch.colormap`"


class Advice:
    """Tells, by ``notify``, what is wrong with the tensors of canvases; each thing once a canvas."""

    def __init__(self, notify: Callable[[str], None]) -> None:
        self._notify = notify
        self._looking = Cadence(INTERVAL)
        self._ranges: weakref.WeakKeyDictionary[Canvas, _Range] = weakref.WeakKeyDictionary()
        self._outside: weakref.WeakSet[Canvas] = weakref.WeakSet()
        self._graphs: weakref.WeakSet[Canvas] = weakref.WeakSet()
        self._told: set[tuple[str, str]] = set()

    def look(self, canvases: Iterable[Canvas], now: float) -> None:
        """To be called after each frame; does something every `INTERVAL` seconds."""
        if not self._looking.due(now):
            return
        self._looking.done(now)
        for canvas in canvases:
            if canvas.tensor is not None and not canvas.problem():
                self._look_at_graph(canvas, canvas.tensor)
                self._look_at_range(canvas, canvas.tensor)

    def _look_at_graph(self, canvas: Canvas, tensor: torch.Tensor) -> None:
        if tensor.grad_fn is None:
            self._graphs.discard(canvas)
        elif canvas in self._graphs:
            self._tell(
                "graph",
                canvas,
                "is written with gradients, so each frame keeps the graph of all frames before it in memory: write it "
                "under `torch.no_grad()`, or what is written `.detach()`ed",
            )
        else:
            self._graphs.add(canvas)

    def _look_at_range(self, canvas: Canvas, tensor: torch.Tensor) -> None:
        before = self._ranges.pop(canvas, None)
        if before is not None:
            remedy = before.remedy()
            if remedy and canvas in self._outside:
                self._tell("range", canvas, f"has values beyond 0 to 1, which are cut, {remedy}")
            (self._outside.add if remedy else self._outside.discard)(canvas)
        if ("range", canvas.id) not in self._told and _shows_values(canvas, tensor):
            self._ranges[canvas] = _Range(_sample(tensor))

    def _tell(self, what: str, canvas: Canvas, text: str) -> None:
        if (what, canvas.id) not in self._told:
            self._told.add((what, canvas.id))
            self._notify(f"The tensor of canvas {canvas.name!r} {text}.")


def _shows_values(canvas: Canvas, tensor: torch.Tensor) -> bool:
    """Whether the canvas paints the values of ``tensor`` as they are."""
    plain = canvas.colormap is None and canvas.color == "display" and (canvas.gain, canvas.offset) == (1.0, 0.0)
    return plain and tensor.is_floating_point() and tensor.numel() > 0 and tensor.device.type in ("cpu", "cuda")


def _sample(tensor: torch.Tensor) -> torch.Tensor:
    """Some rows and columns of the colours of ``tensor``."""
    height, width = tensors.size(tensor)
    sample = tensor.detach()[:: -(-height // SIDE), :: -(-width // SIDE)]
    return sample[..., :3] if tensor.dim() == 3 else sample
