"""The distribution of a picture's values, for "fit the range" and the histogram in a canvas's menu."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..pictures.arrangement import Arrangement

BINS = 64
MOST_VALUES = 1 << 20
"""Maximum number of values examined. In a larger picture, only every k-th texel of every k-th row counts."""
TAIL = 0.01
"""Share of the values below `Spread.low`, and above `Spread.high`."""
_CHANNEL = {"r": 0, "g": 1, "b": 2, "a": 3}


@dataclass(frozen=True, slots=True)
class Spread:
    """The finite values of a picture, in the unit of `Canvas.gain`: 1 is white, and uint8 values are divided by 255.

    Attributes:
        least: The smallest.
        most: The greatest.
        low: The percentile 1.
        high: The percentile 99.
        counts: How many there are in each of `BINS` equal parts from ``least`` to ``most``.
        strange: How many values are NaN or infinite.

    """

    least: float
    most: float
    low: float
    high: float
    counts: tuple[int, ...]
    strange: int


def spread(tensor: torch.Tensor, arranged: Arrangement, channels: str) -> Spread:
    """Reads ``tensor`` as ``arranged``: the colours, or the only channel shown, as `Canvas.channels` says.

    Waits for the tensor's device. Raises ValueError if there is no finite value, and for labels, which are not
    quantities.
    """
    if arranged.masks:
        raise ValueError("labels are names rather than amounts: they have no range")
    values = _chosen(_normalised(_sample(arranged.pictures(tensor.detach())), arranged), channels)
    finite = values[values.isfinite()]
    if finite.numel() == 0:
        raise ValueError("the picture has no finite value")
    low, high = torch.quantile(finite, torch.tensor([TAIL, 1 - TAIL], dtype=finite.dtype)).tolist()
    least, most = finite.min().item(), finite.max().item()
    ends = (least, most) if most > least else (least - 0.5, least + 0.5)
    counts = torch.histc(finite, BINS, *ends)
    return Spread(least, most, low, high, tuple(map(int, counts.tolist())), values.numel() - finite.numel())


def _chosen(values: torch.Tensor, channels: str) -> torch.Tensor:
    """The only channel that is shown, or all but alpha."""
    only = _CHANNEL.get(channels)
    if only is not None and only < values.shape[3]:
        return values[..., only]
    return values[..., :3]


def _sample(pictures: torch.Tensor) -> torch.Tensor:
    """Some texels of (N, H, W, C) pictures, on the CPU as float64."""
    step = 1
    while pictures[:, ::step, ::step].numel() > MOST_VALUES and step < max(pictures.shape[1:3]):
        step += 1
    some = pictures[:, ::step, ::step]
    while some.numel() > MOST_VALUES and some.shape[0] > 1:
        some = some[::2]
    values = some.to("cpu").to(torch.float64)
    return values / 255 if pictures.dtype == torch.uint8 else values


def _normalised(values: torch.Tensor, arranged: Arrangement) -> torch.Tensor:
    """``values`` after the canvas's normalisation."""
    if arranged.normalize is None:
        return values
    if arranged.normalize == "minmax":
        axes = (1, 2, 3) if arranged.scale_each else (0, 1, 2, 3)
        finite = values.isfinite()
        low = torch.where(finite, values, torch.inf).amin(axes, keepdim=True)
        high = torch.where(finite, values, -torch.inf).amax(axes, keepdim=True)
        return (values - low) / (high - low).clamp(min=torch.finfo(values.dtype).tiny)
    mean, std = (torch.tensor(part, dtype=values.dtype) for part in arranged.normalize)
    return values * std + mean
