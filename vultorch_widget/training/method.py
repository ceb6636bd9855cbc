"""Chooses how training steps run: by the fused kernels if possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import torch

from .unfit import UnfitError

if TYPE_CHECKING:
    from .fused import FusedStep

Precision = Literal["exact", "fast", "torch"]
Method = Literal["fused", "graph", "eager"]


def fused_step(
    coords: torch.Tensor, pixels: torch.Tensor, width: int, precision: Precision
) -> tuple[FusedStep | None, str]:
    """The fused step for these tensors, or None and the reason. On the CPU, where none is expected, it is empty."""
    if coords.device.type != "cuda" or torch.version.cuda is None:
        return None, ""
    if precision == "torch":
        return None, "precision is 'torch'"
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
