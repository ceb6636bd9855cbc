"""Chooses how training steps run: by the fused kernels on a GPU, in blocks on a CPU, otherwise by autograd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import torch

from .blocked import BlockedStep
from .encodings import Encoding
from .unfit import UnfitError

if TYPE_CHECKING:
    from .fused import FusedStep

Precision = Literal["exact", "fast", "torch"]
Method = Literal["fused", "graph", "blocked", "eager"]


def own_step(
    inputs: torch.Tensor, pixels: torch.Tensor, width: int, precision: Precision, encoding: Encoding | None
) -> tuple[FusedStep | BlockedStep | None, str]:
    """The step of this package for these tensors, or None and the reason why torch has to do it by autograd."""
    reason = _unfit(inputs.device.type, precision, encoding)
    if reason:
        return None, reason
    if inputs.device.type == "cpu":
        return BlockedStep(inputs, pixels, width), ""
    try:
        from .fused import FusedStep  # noqa: PLC0415 (loads GPU libraries)

        return FusedStep(inputs, pixels, width, exact=precision == "exact"), ""
    except ImportError:
        return None, "the fused step needs cuda-bindings, which vultorch-widget's extras cuda12 and cuda13 bring"
    except UnfitError as error:
        return None, str(error)


def _unfit(device: str, precision: Precision, encoding: Encoding | None) -> str:
    """Why this package has no step that fits, as far as that is known without trying; empty if it may have one."""
    if precision == "torch":
        return "precision is 'torch'"
    if encoding == "hash":
        return "only autograd trains a hash grid"
    if device == "cpu":
        return ""
    if device != "cuda" or torch.version.cuda is None:
        return f"there is no custom step for {device!r}"
    return "" if encoding is None else f"the fused step takes positions alone, not encoding={encoding!r}"


def checked_precision(precision: str) -> Precision:
    """Returns ``precision``. Raises ValueError unless it is one of `Precision`."""
    for known in get_args(Precision):
        if precision == known:
            return known  # type: ignore[no-any-return]
    raise ValueError(f"precision must be 'exact', 'fast' or 'torch', not {precision!r}")
