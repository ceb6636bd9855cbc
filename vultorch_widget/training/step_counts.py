"""Adam's counts of steps, of which the fused step keeps a single one."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from .unfit import UnfitError


class StepCounts:
    """Makes sure that an optimiser has taken the same number of steps for all of its parameters.

    To read the counts is to wait for the GPU. So they are read only if others may have written them since: torch gives
    a tensor that it has written a new version, and the fused step, which counts in torch's memory, does not.
    """

    def __init__(self) -> None:
        self._checked: list[tuple[int, int]] = []

    def check(self, counts: Sequence[torch.Tensor]) -> None:
        """Raises `UnfitError` unless ``counts``, scalars of one dtype and device, are equal."""
        now = [(count.data_ptr(), 0 if count.is_inference() else count._version) for count in counts]
        if now == self._checked:
            return
        self.forget()  # until it is done: an interrupt may come in between
        steps = torch.stack(list(counts))
        if bool((steps != steps[0]).any()):  # some parameters were frozen for a while, or had no gradient
            raise UnfitError("the optimiser has not taken the same number of steps for all parameters")
        self._checked = now

    def forget(self) -> None:
        """Reads them again the next time: something has written them that gives no versions, such as a graph."""
        self._checked = []
