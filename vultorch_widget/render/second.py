"""A second source of a tile: an overlay on top of the first, or the other operand of a difference."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch

from ..annotations.palette import Palette

Difference = Literal["signed", "absolute", "squared", "relative"]
DIFFERENCES: tuple[Difference, ...] = ("signed", "absolute", "squared", "relative")
RELATIVE_FLOOR = 0.01
"""Added to the divisor of a relative difference, so that black does not divide by 0."""


class Second(NamedTuple):
    """What a tile shows together with its source, texel by texel.

    Attributes:
        source: Of the same size, pictures and device as the tile's source, with a channel axis: (H, W, C), or (N, H, W,
            C) with a grid.
        mode: ``"over"`` paints the labels of ``source`` by ``palette`` over the finished picture. Otherwise the tile
            shows the difference of its source ``a`` to ``source``, ``b``, before the filter: ``"signed"`` a - b,
            ``"absolute"`` |a - b|, ``"squared"`` (a - b)², ``"relative"`` |a - b| / (|b| + 0.01). Alpha has no
            difference. A colormap then maps the mean of the colour channels.
        palette: The colours of the labels, for ``"over"``.
        alpha: How opaque the labels are, 0..1.

    """

    source: torch.Tensor
    mode: Literal["over"] | Difference
    palette: Palette | None = None
    alpha: float = 1.0


def difference(first: torch.Tensor, second: torch.Tensor, mode: Difference) -> torch.Tensor:
    """The difference of two float32 tensors of one shape."""
    signed = first - second
    if mode == "signed":
        return signed
    if mode == "squared":
        return signed * signed
    return signed.abs() if mode == "absolute" else signed.abs() / (second.abs() + RELATIVE_FLOOR)
