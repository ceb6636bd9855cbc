"""Histograms over both signs and many orders of magnitude, with fixed bins, so that columns are comparable."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import torch

Quantity = Literal["weights", "gradients", "activations"]
QUANTITIES: tuple[Quantity, ...] = ("weights", "gradients", "activations")

SIDE = 8
"""Bins per sign."""
BINS = 2 * SIDE + 1
"""Bins of a histogram: the negative ones, largest first, one around zero, then the positive ones."""
DECADES: dict[Quantity, tuple[float, float]] = {
    "weights": (-3.5, 0.5),
    "gradients": (-10.0, 1.5),
    "activations": (-2.5, 0.5),
}
"""For each quantity, log10 of the smallest magnitude outside the bin around zero, and the decades per bin. The last bin
for each sign holds everything larger.
"""
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
MISSING = "." * BINS


def edges(quantity: Quantity) -> list[float]:
    """The smallest magnitude of each of the `SIDE` bins of a sign."""
    least, decades = DECADES[quantity]
    return [10 ** (least + decades * place) for place in range(SIDE)]


def counted(quantity: Quantity, values: torch.Tensor, owner: np.ndarray, owners: int) -> torch.Tensor:
    """Counts ``values`` (n,) by bin: float32 (owners * `BINS`,), on their device.

    ``owner``, (n,) int64, says which owner each value belongs to. Values that are not finite are left out. On a CPU a
    single thread counts: torch's threads would wait for one another.
    """
    bounds = np.array(edges(quantity), np.float32)
    if values.device.type == "cpu":
        found = values.numpy()
        sound = np.isfinite(found)
        place = np.searchsorted(bounds, np.abs(found), side="right")
        bins = np.where(found < 0, SIDE - place, SIDE + place) + owner * BINS
        return torch.from_numpy(np.bincount(bins[sound], minlength=owners * BINS).astype(np.float32))
    device = values.device
    places = torch.bucketize(values.abs(), torch.from_numpy(bounds).to(device, non_blocking=True), right=True)
    signed = torch.where(values < 0, SIDE - places, SIDE + places)
    signed += torch.from_numpy(owner).to(device, non_blocking=True) * BINS
    counts = torch.zeros(owners * BINS, dtype=torch.float32, device=device)
    return counts.scatter_add_(0, signed, values.isfinite().float())


def column(counts: list[float]) -> str:
    """A histogram as a text of `BINS` digits: square roots of shares, so that a few outliers stay visible."""
    total = sum(counts)
    if not total > 0:
        return MISSING
    return "".join(DIGITS[math.ceil(35 * math.sqrt(count / total))] for count in counts)
