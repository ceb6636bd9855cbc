"""What looks wrong in a layer, in a few words, and how bad it is.

The bounds are rules of thumb. About 1e-3 of the weights is a healthy update (A. Karpathy, CS231n notes, "Ratio of
weights:updates"). A layer whose gradients are 1e-5 of the largest, value by value, hardly trains compared to the
others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .reading import Numbers

VANISHED, VANISHING = 1e-8, 1e-5
"""Gradients of a layer, divided by those of the layer with the largest gradients."""
EXPLODING = 1e4
"""Norm of a layer's gradients."""
LARGE, VERY_LARGE = 0.03, 0.1
"""Updates, divided by the weights."""
TINY = 1e-7
DEAD, MOSTLY_DEAD = 0.4, 0.9
SATURATED, MOSTLY_SATURATED = 0.5, 0.9
"""Shares of units, and of values."""


class Verdict(NamedTuple):
    """``level`` 0 is healthy, 1 worth a look, 2 wrong, 3 broken. ``score`` orders layers of the same level."""

    level: int
    score: float
    why: str


SPOKEN = ("weights", "gradients", "outputs")
"""The names of the `QUANTITIES` for people."""

HEALTHY = Verdict(0, 0.0, "")


def judged(layers: Sequence[Numbers], since: Mapping[str, tuple[int, float]]) -> list[Verdict]:
    """Judges each of ``layers`` by its worst finding.

    ``since`` holds the layers with values that are not finite, by name: the step at which that began, and their order,
    0 for the first.
    """
    sizes = [size for layer in layers if (size := _per_value(layer.gradient, layer)) is not None]
    largest = max(sizes, default=0.0)
    updated = any(layer.stepped for layer in layers)
    return [
        max(
            [HEALTHY, *_findings(layer, largest, updated, since.get(layer.name))],
            key=lambda found: (*found[:2], bool(found.why)),
        )
        for layer in layers
    ]


def _findings(layer: Numbers, largest: float, updated: bool, since: tuple[int, float] | None) -> list[Verdict]:
    if layer.problem:
        return [Verdict(0, 0.0, layer.problem)]
    found: list[Verdict] = []
    if since is not None:
        step, place = since
        found.append(Verdict(3, 3.0 + 1 / (1 + place), f"not finite since step {step:,}"))
    if layer.dead is not None and layer.dead >= DEAD:
        level = 3 if layer.dead >= MOSTLY_DEAD else 2
        found.append(Verdict(level, 1.0 + layer.dead, f"{_percent(layer.dead)} of units dead"))
    if layer.saturated is not None and layer.saturated >= SATURATED:
        level = 2 if layer.saturated >= MOSTLY_SATURATED else 1
        found.append(Verdict(level, layer.saturated, f"{_percent(layer.saturated)} saturated"))
    return found + ([Verdict(0, 0.0, "frozen")] if layer.frozen else _of_learning(layer, largest, updated))


def not_finite(layer: Numbers) -> list[str]:
    """The quantities of ``layer`` with values that are not finite."""
    norms = (layer.weight, layer.gradient, None)
    return [
        name
        for name, count, norm in zip(SPOKEN, layer.strange, norms, strict=True)
        if count or (norm is not None and not math.isfinite(norm))
    ]


def _of_learning(layer: Numbers, largest: float, updated: bool) -> list[Verdict]:
    found: list[Verdict] = []
    if layer.gradient is None:
        called = any(column and column[0] != "." for column in layer.columns[2:])
        return [Verdict(1, 0.0, "no gradient" if called else "not used in this step")]
    share = (_per_value(layer.gradient, layer) or 0.0) / largest if largest > 0 else 0.0
    if share < VANISHING and math.isfinite(layer.gradient):
        said = f"gradient vanishes: {_power(share)} of the largest" if share else "gradient is zero"
        level = 1 if largest == 0 else 3 if share < VANISHED else 2  # all are zero if the loss is zero
        found.append(Verdict(level, min(1.0, -math.log10(max(share, 1e-40)) / 40), said))
    elif math.isfinite(layer.gradient) and layer.gradient >= EXPLODING:
        found.append(Verdict(2, math.log10(layer.gradient) / 40, f"gradient explodes: norm {_power(layer.gradient)}"))
    update = layer.update
    if updated and not layer.stepped and layer.gradient > 0:
        found.append(Verdict(1, 0.6, "not in the optimiser"))
    if update is None or not math.isfinite(update):
        return found
    if update >= LARGE:
        level = 2 if update >= VERY_LARGE else 1
        found.append(Verdict(level, math.log10(update / LARGE), f"update {_power(update)} of the weights"))
    elif updated and layer.gradient > 0 and update < TINY:
        said = f"hardly learns: update {_power(update)} of the weights" if update else "not updated"
        found.append(Verdict(1, 0.5, said))
    return found


def _per_value(norm: float | None, layer: Numbers) -> float | None:
    """The root mean square of a layer's values that have this ``norm``; None if it is not finite."""
    return norm / math.sqrt(layer.size) if norm is not None and math.isfinite(norm) and layer.size else None


def _percent(share: float) -> str:
    return f"{math.floor(100 * share)}%"


def _power(value: float) -> str:
    """A number with one significant digit, such as 3e-4."""
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}" if abs(int(exponent)) > 1 or value < 0.1 else f"{value:.1g}"
