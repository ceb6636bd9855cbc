"""The metrics of one pair of pictures: which are measured, and their latest values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import torch

from ..pictures import tensors
from ..pictures.arrangement import Arrangement
from .quality import FORMULAS, Values

DTYPES = (torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.uint8, torch.bool)
"""Dtypes whose values can be compared. Others are labels."""


class Picture(Protocol):
    """A canvas."""

    @property
    def id(self) -> str:
        """Unique in the view."""

    @property
    def name(self) -> str:
        """The name that the user gave it."""

    @property
    def tensor(self) -> torch.Tensor | None:
        """The tensor that it shows, or None."""

    @property
    def arrangement(self) -> Arrangement:
        """What the axes of the tensor mean."""

    def problem(self) -> str:
        """Why the tensor cannot be shown, or an empty text."""


_SPELLED = {"psnr": "PSNR {:.2f} dB", "ssim": "SSIM {:.4f}", "mae": "MAE {:.4g}", "flip": "FLIP {:.4f}"}


class PairMetrics:
    """How far ``prediction`` is from ``target``, both as currently shown.

    Attributes:
        names: Which metrics are measured; see `checked_names`.
        logs: The names of the scalars that the chart gets, by metric; empty for none.
        values: The last numbers by metric, empty before the first.
        step: The step at which they were measured. Large pictures are measured rarely.
        is_shown: Returns whether the pair is on the page. Nothing is measured while it is not.

    """

    def __init__(self, prediction: Picture, target: Picture) -> None:
        self.prediction = prediction
        self.target = target
        self.names: tuple[str, ...] = ()
        self.logs: dict[str, str] = {}
        self.values: dict[str, float] = {}
        self.step = 0
        self.is_shown: Callable[[], bool] = lambda: False
        self._problem = ""
        self._measured: object = None

    def items(self) -> tuple[str, ...]:
        """The numbers as text to read, or why there are none."""
        if self._problem:
            return (self._problem,)
        numbers = [_SPELLED[name].format(self.values[name]) for name in self.names if name in self.values]
        return (*numbers, f"at step {self.step:,}") if numbers else ()

    def state(self) -> object:
        """A value that changes with the tensors, as far as torch can tell, and with the set of metrics."""
        shown = [
            None if each.tensor is None else tensors.version(each.tensor) for each in (self.prediction, self.target)
        ]
        return (*shown, self.prediction.arrangement, self.target.arrangement, self.names)

    def changed(self) -> bool:
        """True if something has changed since the last numbers."""
        return self.state() != self._measured

    def forget(self) -> None:
        """Treats the tensors as changed."""
        self._measured = None

    def begin(self) -> torch.Tensor | None:
        """Starts measuring. Returns the numbers in the order of ``names``, on the tensors' device, without waiting for
        them. Returns None if that is not possible; then `items` says why.
        """
        self._measured = self.state()
        try:
            return measure(self.prediction, self.target, self.names)
        except (ValueError, RuntimeError) as error:  # RuntimeError: no memory left on a GPU
            self.values, self._problem = {}, str(error).partition("\n")[0]
            return None

    def take(self, values: Sequence[float], step: int) -> None:
        """Takes the numbers that `begin` returned at ``step``."""
        self.values, self.step, self._problem = dict(zip(self.names, values, strict=True)), step, ""


def checked_names(names: object) -> tuple[str, ...]:
    """The metrics listed in ``names``: a sequence of keys of `quality.FORMULAS`, or a single one.

    Raises ValueError for anything else, for an empty list, and for duplicates.
    """
    listed = (names,) if isinstance(names, str) else tuple(names) if isinstance(names, Sequence) else ()
    if wrong := [name for name in listed if name not in FORMULAS]:
        raise ValueError(f"metrics: {wrong[0]!r} is no metric; there are {', '.join(map(repr, FORMULAS))}")
    if not listed or len(set(listed)) < len(listed):
        raise ValueError(f"metrics takes one or more of {', '.join(map(repr, FORMULAS))}, each once, not {names!r}")
    return listed


def measure(prediction: Picture, target: Picture, names: Sequence[str]) -> torch.Tensor:
    """The metrics ``names`` of two canvases, float32 on their device. For a batch, these are means over its pictures.

    Float values count as they are, uint8 ones divided by 255, and those of a canvas that undoes a normalisation with
    (mean, std) as it shows them. If there are four channels, the last one (opacity) is ignored. Values that are not
    finite make every metric NaN. Raises ValueError, naming canvases and values, if a canvas has no such picture, if
    sizes, channels or devices differ, and for pictures that are empty or too small for a metric.
    """
    both = measurable(prediction, target, names)
    with torch.no_grad():
        return torch.stack([FORMULAS[name](*both) for name in names])


def measurable(prediction: Picture, target: Picture, names: Sequence[str]) -> tuple[Values, Values]:
    """The values of two canvases, checked. Raises as `measure` does, but computes nothing."""
    both = _values(prediction), _values(target)
    ours, theirs = (values.pictures for values in both)
    if ours.shape != theirs.shape:
        shapes = f"{prediction.name!r} has {_sized(ours)}, {target.name!r} {_sized(theirs)}"
        raise ValueError(f"metrics compare pictures of one shape; {shapes}")
    if ours.device != theirs.device:
        devices = f"{prediction.name!r} is on {ours.device}, {target.name!r} on {theirs.device}"
        raise ValueError(f"metrics compare pictures on one device; {devices}")
    for name in names:
        least = FORMULAS[name].least
        if len(ours) == 0 or min(ours.shape[1:3]) < least:
            raise ValueError(f"{name} needs at least {least} x {least} texels; {prediction.name!r} has {_sized(ours)}")
    return both


def _sized(pictures: torch.Tensor) -> str:
    count, height, width, channels = pictures.shape
    many = f"{count} pictures of " if count != 1 else ""
    return f"{many}{width} x {height} texels with {channels} channel{'s' if channels > 1 else ''}"


def _values(canvas: Picture) -> Values:
    """The values that ``canvas`` shows."""
    if canvas.tensor is None:
        raise ValueError(f"metrics: nothing is bound to {canvas.name!r}; bind a tensor first")
    if problem := canvas.problem():
        raise ValueError(f"metrics of {canvas.name!r}: {problem}")
    tensor = canvas.tensor.detach()
    if tensor.dtype not in DTYPES:
        dtype = str(tensor.dtype).removeprefix("torch.")
        raise ValueError(f"metrics compare values of a display, and {canvas.name!r} has labels of dtype {dtype}")
    statistics = canvas.arrangement.normalize
    bias, scale = ((), ()) if statistics is None or isinstance(statistics, str) else statistics
    return Values(canvas.arrangement.pictures(tensor), scale, bias)
