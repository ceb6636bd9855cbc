"""Three-component vectors. A frame needs only a handful, for which torch would be slow."""

from __future__ import annotations

import math
from collections.abc import Sequence

Vector = tuple[float, float, float]


def vector(name: str, values: Sequence[float]) -> Vector:
    """``values``, a sequence, array or tensor, as three finite numbers.

    Raises ValueError, which contains ``name``, for anything else.
    """
    try:
        x, y, z = (float(value) for value in values)
    except (OverflowError, RuntimeError, TypeError, ValueError):  # RuntimeError: a tensor of several dimensions
        raise ValueError(f"{name} must be three numbers, not {values!r}") from None
    if not all(map(math.isfinite, (x, y, z))):
        raise ValueError(f"{name} must be finite, not {values!r}")
    return x, y, z


def dot(a: Vector, b: Vector) -> float:
    """The scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def along(start: Vector, *steps: tuple[float, Vector]) -> Vector:
    """``start`` moved by the given length along each direction."""
    x, y, z = start
    for length, (dx, dy, dz) in steps:
        x, y, z = x + length * dx, y + length * dy, z + length * dz
    return x, y, z


def unit(name: str, values: Sequence[float]) -> Vector:
    """``values`` normalised to length 1. Raises ValueError, which contains ``name``, for a vector of length 0."""
    x, y, z = vector(name, values)
    length = math.hypot(x, y, z)
    if length == 0:
        raise ValueError(f"{name} must point somewhere, not {values!r}")
    return x / length, y / length, z / length
