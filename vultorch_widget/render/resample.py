"""Filters as taps: which texels each pixel of one axis is made of, and by what weights."""

from __future__ import annotations

import math

import torch

from .plan import Filter

Taps = tuple[torch.Tensor, torch.Tensor]
"""Indices (pixels, taps) int64 into the texels of an axis, and their weights (pixels, taps) float32, 0 for padding."""


def taps(kind: Filter, start: float, end: float, pixels: int, texels: int, device: torch.device) -> Taps:
    """The taps of ``pixels`` pixels over ``start``..``end`` of an axis of ``texels`` texels. Edges are repeated."""
    scale = (end - start) / pixels
    number = torch.arange(pixels, dtype=torch.float64)
    if kind == "area":
        index, weight = _area(start + number * scale, scale)
    else:
        centre = start + (number + 0.5) * scale
        if kind == "nearest":
            index, weight = centre.floor()[:, None], torch.ones(pixels, 1)
        else:
            first = (centre - 0.5).floor()
            part = centre - 0.5 - first
            index, weight = torch.stack([first, first + 1], 1), torch.stack([1 - part, part], 1)
    return index.clamp(0, texels - 1).long().to(device), weight.to(torch.float32).to(device)


def _area(left: torch.Tensor, scale: float) -> Taps:
    """Each pixel covers ``scale`` texels from ``left`` on; a texel counts by the part of it that is covered."""
    count = math.ceil(scale) + 1
    index = left.floor()[:, None] + torch.arange(count, dtype=torch.float64)
    covered = torch.minimum(index + 1, left[:, None] + scale) - torch.maximum(index, left[:, None])
    return index, covered.clamp(min=0) / scale


def apply(values: torch.Tensor, axis_taps: Taps, axis: int) -> torch.Tensor:
    """``values`` with ``axis`` filtered. A texel of weight 0 is not looked at, be it NaN."""
    index, weight = axis_taps
    shape = [1] * values.dim()
    shape[axis] = -1
    total = None
    for tap in range(index.shape[1]):
        share = weight[:, tap].reshape(shape)
        term = torch.where(share > 0, values.index_select(axis, index[:, tap]) * share, 0)
        total = term if total is None else total + term
    if total is None:
        raise AssertionError("a pixel has at least one tap")
    return total
