"""How fast the shown loop is compared to the bare one, and how certain that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 4000


@dataclass(frozen=True)
class Median:
    """A median, and half the width of its 95% confidence interval (bootstrap, percentiles)."""

    value: float
    error: float
    count: int

    def __str__(self) -> str:
        return f"{self.value:.3f} ± {self.error:.3f} (n = {self.count})"


def median(values: Sequence[float]) -> Median:
    """The median of ``values``, at least one."""
    data = np.asarray(values, dtype=float)
    picks = np.random.default_rng(0).integers(0, len(data), (RESAMPLES, len(data)))
    low, high = np.percentile(np.median(data[picks], axis=1), [2.5, 97.5])
    return Median(float(np.median(data)), float(high - low) / 2, len(data))


def against_bare(kinds: Sequence[str], rates: Sequence[float], kind: str) -> list[float]:
    """For each window of ``kind``: its rate, divided by the mean rate of the bare windows on either side.

    The windows alternate: bare, another, bare, ... What drifts slowly, such as the machine's clock rate, cancels.
    """
    return [
        rate / ((rates[i - 1] + rates[i + 1]) / 2)
        for i, (each, rate) in enumerate(zip(kinds, rates, strict=True))
        if each == kind
    ]


def against_itself(kinds: Sequence[str], rates: Sequence[float]) -> list[float]:
    """The bare loop compared to itself: each bare window divided by the mean of its bare neighbours."""
    bare = [rate for kind, rate in zip(kinds, rates, strict=True) if kind == "bare"]
    return against_bare(["bare", *["same"] * (len(bare) - 2), "bare"], bare, "same")
