"""The values of a slider: a range, optionally divided into steps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol

from ..basics.arguments import real

ROUNDING = 1e-9
"""How far outside the range a value may be, as a fraction of the range. A page that computes ``min * (max / min) ** 1``
may miss ``max`` by rounding. Such a value is moved to the end of the range."""


class Grid(Protocol):
    """The fields that all slider messages have. ``step`` 0 means no grid."""

    @property
    def min(self) -> float: ...
    @property
    def max(self) -> float: ...
    @property
    def step(self) -> float: ...


def checked(where: str, low: float, high: float, *, log: bool, step: float) -> tuple[float, float, float]:
    """``low``, ``high`` and ``step`` as floats.

    Raises ValueError if the range is empty or not finite, if ``log`` is given with ``low <= 0``, or if ``step`` is
    negative or too small for the range.
    """
    low, high, step = real(where, "min", low), real(where, "max", high), real(where, "step", step)
    if low > high or not math.isfinite(high - low):
        raise ValueError(f"{where}: min must not be above max, and the range must be finite; got {low:g}..{high:g}")
    if log and low <= 0:
        raise ValueError(f"{where}: a logarithmic slider needs min > 0, not {low:g}")
    if step < 0 or (step > 0 and (high - low) / step > 2**53):
        raise ValueError(f"{where}: step must be 0 or a size that can be seen in {low:g}..{high:g}, not {step:g}")
    return low, high, step


def inside(where: str, grid: Grid, value: float) -> float:
    """``value``, moved to the grid. Raises ValueError if it is outside the range by more than rounding."""
    slack = ROUNDING * (grid.max - grid.min)
    if not grid.min - slack <= value <= grid.max + slack:
        raise ValueError(f"{where} takes {grid.min:g}..{grid.max:g}, not {value!r}")
    return nearest(grid, value)


def nearest(grid: Grid, value: float) -> float:
    """The grid value nearest to ``value``. The grid starts at ``min``.

    ``max`` is on the grid only if a whole number of steps fits.
    """
    value = min(max(value, grid.min), grid.max)
    if grid.step == 0:
        return value
    last = math.floor((grid.max - grid.min) / grid.step + ROUNDING)
    steps = min(round((value - grid.min) / grid.step), last)
    # Rounding to 15 significant digits hides float error: 3 * 0.1 becomes 0.3, and -0.3 + 3 * 0.1 becomes 0.
    scale = abs(grid.min) + steps * grid.step
    digits = max(0, 14 - math.floor(math.log10(scale))) if scale > 0 else 0
    snapped = round(grid.min + steps * grid.step, digits)
    return min(max(snapped, grid.min), grid.max) + 0.0  # no negative zero


def check_saved(name: str, saved: Mapping[str, Any]) -> None:
    """Raises ValueError if the saved message of the slider ``name`` has an empty range or an invalid scale."""
    least, step = saved["min"], saved.get("step", 1)
    if not least <= saved["max"]:
        raise ValueError(f"the range of slider {name} is empty")
    if step < 0 or (least <= 0 and saved.get("log", False)):
        raise ValueError(f"slider {name} has no such scale")
