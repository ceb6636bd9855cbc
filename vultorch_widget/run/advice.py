"""Advice on bound tensors: values that are not colours, masks with unnamed labels, and an autograd graph that grows
with each frame.

Checks are rare and small: 64 x 64 values of each canvas, every two seconds while pages are connected. They never wait
for a GPU: a check reads the result that the previous one requested.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable

import torch

from ..annotations.labels import Labels, Layer
from ..basics.cadence import Cadence
from ..tree.canvas import Canvas
from .strays import Strays, may_stray

INTERVAL = 2.0
"""Seconds between two checks. A problem is reported when two checks in a row find it."""
SIDE = 64
"""Rows and columns that are checked."""
SLACK = 0.02
"""Distance outside 0..1 that still counts as a colour."""
MANY = 0.1
"""Share of the values that may lie outside even this."""


class _Range:
    """The range of a sample and the share of it that is not a colour, read when the GPU has computed them."""

    def __init__(self, sample: torch.Tensor) -> None:
        values = sample.float()
        outside = ((values < -SLACK) | (values > 1 + SLACK)).float().mean()
        found = torch.stack([*torch.aminmax(values), outside])
        self._found = torch.empty(3, pin_memory=found.is_cuda)
        self._found.copy_(found, non_blocking=True)

    def remedy(self) -> str:
        """Returns what to do about the values, or an empty string if they are colours."""
        least, most, outside = self._found.tolist()
        if not outside > MANY:  # also when NaN
            return ""
        extent = f"{least:.3g} to {most:.3g}"
        if least >= -SLACK and most <= 255:
            return f"{extent}: divide by 255, or bind uint8"
        if most <= 1 + SLACK and least >= -1 - SLACK:
            return f"{extent}: set `canvas.gain` and `canvas.offset` to 0.5, which shows -1 to 1"
        return f"{extent}: undo the normalisation, set `canvas.gain` and `canvas.offset`, or use `vultorch.colormap`"


class Advice:
    """Reports problems with the tensors of canvases through ``notify``, each once per canvas."""

    def __init__(self, notify: Callable[[str], None]) -> None:
        self._notify = notify
        self._looking = Cadence(INTERVAL)
        self._ranges: weakref.WeakKeyDictionary[Canvas, _Range] = weakref.WeakKeyDictionary()
        self._outside: weakref.WeakSet[Canvas] = weakref.WeakSet()
        self._graphs: weakref.WeakSet[Canvas] = weakref.WeakSet()
        self._strays: dict[tuple[str, str], Strays] = {}  # by layer and canvas
        self._checks = 0
        self._told: set[tuple[str, str]] = set()

    def look(self, canvases: Iterable[Canvas], now: float) -> None:
        """Checks the tensors every `INTERVAL` seconds. Call it after each frame."""
        if not self._looking.due(now):
            return
        self._looking.done(now)
        self._checks += 1
        for canvas in canvases:
            if canvas.file is not None:  # colours for sure, and perhaps not decoded
                continue
            if canvas.tensor is not None and (pictures := canvas.pictures) is not None:
                self._look_at_graph(canvas, canvas.tensor)
                self._look_at_range(canvas, pictures)
                if canvas.labels is not None:
                    self._look_at_labels(canvas, "picture", pictures, canvas.labels)
                if canvas.overlaid is not None and not canvas.problem():
                    self._look_at_labels(canvas, "overlay", canvas.overlaid.pictures, canvas.overlaid.labels)

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

    def _look_at_range(self, canvas: Canvas, pictures: torch.Tensor) -> None:
        before = self._ranges.pop(canvas, None)
        if before is not None:
            remedy = before.remedy()
            if remedy and canvas in self._outside:
                self._tell("range", canvas, f"has values beyond 0 to 1, which are cut, {remedy}")
            (self._outside.add if remedy else self._outside.discard)(canvas)
        if ("range", canvas.id) not in self._told and _shows_values(canvas, pictures):
            self._ranges[canvas] = _Range(_sample(pictures))

    def _look_at_labels(self, canvas: Canvas, layer: Layer, masks: torch.Tensor, labels: Labels) -> None:
        key = (layer, canvas.id)
        if key in self._told or not may_stray(masks, labels):
            return
        before = self._strays.pop(key, None)
        if before is not None and (text := before.text()):
            self._tell(layer, canvas, text, "overlay" if layer == "overlay" else "tensor")
        else:
            self._strays[key] = Strays(masks, labels, self._checks)

    def _tell(self, what: str, canvas: Canvas, text: str, subject: str = "tensor") -> None:
        if (what, canvas.id) not in self._told:
            self._told.add((what, canvas.id))
            self._notify(f"The {subject} of canvas {canvas.name!r} {text}.")


def _shows_values(canvas: Canvas, pictures: torch.Tensor) -> bool:
    """Returns whether the canvas paints the values of ``pictures`` unchanged."""
    if canvas.colormap is not None or canvas.color != "display" or canvas.arrangement.normalize is not None:
        return False
    unchanged = (canvas.gain, canvas.offset) == (1.0, 0.0)
    return (
        unchanged and pictures.is_floating_point() and pictures.numel() > 0 and pictures.device.type in ("cpu", "cuda")
    )


def _sample(pictures: torch.Tensor) -> torch.Tensor:
    """Returns about `SIDE` x `SIDE` texels of (N, H, W, C) ``pictures``, without alpha."""
    count, height, width, _ = pictures.shape
    most = max(1, SIDE**2 // (min(height, SIDE) * min(width, SIDE)))
    return pictures[:: -(-count // most), :: -(-height // SIDE), :: -(-width // SIDE), :3]
