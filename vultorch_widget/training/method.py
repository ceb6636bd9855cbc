"""Chooses how training steps run: by the fused kernels on a GPU, in blocks on a CPU, else by autograd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import torch

from .blocked import BlockedStep
from .unfit import UnfitError

if TYPE_CHECKING:
    from .fused import FusedStep

Precision = Literal["exact", "fast", "torch"]
Method = Literal["fused", "graph", "blocked", "eager"]


def own_step(
    coords: torch.Tensor, pixels: torch.Tensor, width: int, precision: Precision
) -> tuple[FusedStep | BlockedStep | None, str]:
    """The step of this package for these tensors, or None and the reason why torch has to do it by autograd."""
    if precision == "torch":
        return None, "precision is 'torch'"
    if coords.device.type == "cpu":
        return BlockedStep(coords, pixels, width), ""
    if coords.device.type != "cuda" or torch.version.cuda is None:
        return None, f"there is no step of its own for {coords.device.type!r}"
    try:
        from .fused import FusedStep  # noqa: PLC0415 (loads GPU libraries)

        return FusedStep(coords, pixels, width, exact=precision == "exact"), ""
    except ImportError:
        return None, "the fused step needs cuda-bindings, which vultorch-widget's extras cuda12 and cuda13 bring"
    except UnfitError as error:
        return None, str(error)


def checked_precision(precision: str) -> Precision:
    """Returns ``precision``. Raises ValueError unless it is one of `Precision`."""
    for known in get_args(Precision):
        if precision == known:
            return known  # type: ignore[no-any-return]
    raise ValueError(f"precision must be 'exact', 'fast' or 'torch', not {precision!r}")
