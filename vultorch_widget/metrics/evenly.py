"""Picks a few of many points for a curve."""

from __future__ import annotations

import numpy as np


def evenly(count: int, most: int) -> list[int]:
    """At most ``most`` indices below ``count``, evenly spaced and increasing, including the first and the last."""
    chosen: list[int] = np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int)).tolist()
    return chosen
