"""Finds Fourier features: fixed multiples of the inputs, and sines and cosines of such multiples."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch

PROBED = 16
"""How many samples a function is examined with, and as many from the training."""
MOST_ENDS = 256
MOST_FEATURES = 1024
_MOST_CURVATURES = 1 << 22
_ROUNDING = 16 * torch.finfo(torch.float32).eps
_MOST_ROUNDING = 1e-2
"""How far a sine in float32 may be off: relative to its argument, and at most."""
_KINDS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {"same": torch.clone, "sin": torch.sin, "cos": torch.cos}


class Features(NamedTuple):
    """Row k of ``matrix`` (features, inputs) times the inputs, unchanged (``"same"``), or its sine or cosine."""

    matrix: torch.Tensor
    kinds: list[str]


def probes(samples: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Rows with which a model of ``samples`` (N, width) is examined: a few around 0, and `typical` ones."""
    width = samples.shape[1]
    few = torch.linspace(-1.3, 1.7, PROBED * width).reshape(PROBED, width)
    return torch.cat([few, typical(samples).cpu()]).to(device)


def typical(samples: torch.Tensor) -> torch.Tensor:
    """A few rows of ``samples`` (N, width) in float32, including those with the smallest and the largest numbers."""
    samples = samples.detach()
    count, width = samples.shape
    spread = torch.linspace(0, count - 1, min(count, PROBED), device=samples.device).long()
    flat = samples.reshape(-1)
    least, most = flat.argmin().reshape(1) // width, flat.argmax().reshape(1) // width
    ends = torch.stack([samples.argmin(0), samples.argmax(0)], 1).reshape(-1)[:MOST_ENDS]
    return samples[torch.cat([spread, least, most, ends])].float()


def features_of(function: Callable[[torch.Tensor], torch.Tensor], values: torch.Tensor) -> Features | None:
    """The features that ``function`` computes from ``values`` (N, inputs), or None if they are not Fourier features.

    A sine is 0 at 0, and its slope there is its frequency; a cosine is 1, and its curvature is the square.
    """
    inputs = values.shape[1]
    try:
        with torch.no_grad():
            wanted = function(values.clone())
        count = wanted.shape[1]
        known = wanted.dtype == torch.float32 and count <= MOST_FEATURES and count * inputs**2 <= _MOST_CURVATURES
        if not known or len(wanted) != len(values):
            return None
        start, slopes, curvatures = (each.cpu() for each in _around_zero(function, count, inputs, values.device))
    except Exception:  # a user's module may expect something else altogether
        return None
    values, wanted = values.cpu().double(), wanted.cpu().double()
    rows, kinds = [], []
    for k in range(count):
        cosine = abs(float(start[k]) - 1) < _MOST_ROUNDING
        row = _cosine(curvatures[k]) if cosine else slopes[k]
        possible = ("cos",) if cosine else ("same", "sin")
        kind = next((each for each in possible if _makes(each, row.double(), values, wanted[:, k])), None)
        if kind is None:
            return None
        rows.append(row)
        kinds.append(kind)
    return Features(torch.stack(rows), kinds)


def _around_zero(
    function: Callable[[torch.Tensor], torch.Tensor], count: int, inputs: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The ``count`` values at 0, their slopes (count, inputs), and their curvatures (count, inputs, inputs)."""
    with torch.enable_grad():
        zero = torch.zeros(count, inputs, device=device, requires_grad=True)  # one sample for each value
        start = function(zero * 1).diagonal()
        (slopes,) = torch.autograd.grad(start.sum(), zero, create_graph=True)
        curvatures = [
            torch.autograd.grad(slopes[:, each].sum(), zero, retain_graph=True)[0]
            if slopes.requires_grad
            else torch.zeros_like(zero)
            for each in range(inputs)
        ]
    return start.detach(), slopes.detach(), torch.stack(curvatures, dim=1).detach()


def _cosine(curvature: torch.Tensor) -> torch.Tensor:
    """The row of a cosine. Its sign cannot be recovered, and does not matter."""
    steepest = int(curvature.diagonal().argmin())
    size = (-curvature[steepest, steepest]).clamp(min=0).sqrt()
    return -curvature[steepest] / size if float(size) > 0 else torch.zeros_like(curvature[steepest])


def _makes(kind: str, row: torch.Tensor, values: torch.Tensor, wanted: torch.Tensor) -> bool:
    """Whether a feature ``kind`` with this ``row`` turns ``values`` into ``wanted`` (N,), up to float32 rounding."""
    size = values.abs() @ row.abs() + (1.0 if kind == "cos" else 0.0)
    allowed = _ROUNDING * size if kind == "same" else (_ROUNDING * size).clamp(max=_MOST_ROUNDING)
    return bool(((_KINDS[kind](values @ row) - wanted).abs() <= allowed).all())
