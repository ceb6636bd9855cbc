"""Decides when the metrics of pairs are measured, so that they take little of the training's time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import torch

from ..basics.budget import Budget
from ..basics.threads import one_thread

if TYPE_CHECKING:
    from .pair_metrics import PairMetrics, Picture

INTERVAL = 0.25
"""Minimum seconds between two measurements."""
UNSEEN_INTERVAL = 2.0
"""The same while no page shows the view and no chart needs the numbers: a replay still needs them now and then."""
SHARE = 0.02
"""Maximum share of the time spent on measurements. Large pictures are therefore measured less often."""

Log = Callable[[dict[str, float], int], None]
"""Adds values to the chart, at a step."""


class _Reading(NamedTuple):
    """Numbers that a GPU is still computing. ``host`` holds them once ``end`` has passed."""

    pair: PairMetrics
    host: torch.Tensor
    begin: torch.cuda.Event
    end: torch.cuda.Event
    step: int


class Measuring:
    """The pairs of one view. Runs on the owner's thread, and never waits for a GPU while the run is running.

    Attributes:
        begun: True once there is a pair. Read in each frame.

    """

    def __init__(self, log: Log) -> None:
        self.begun = False
        self._log = log
        self._pairs: dict[tuple[str, str], PairMetrics] = {}
        self._budget = Budget(SHARE, 0.1)
        self._last = -math.inf
        self._readings: list[_Reading] = []
        self._rested: int | None = None  # the step at which the run came to rest
        self._warm = False
        self._took = 0.0

    def pair(self, prediction: Picture, target: Picture) -> PairMetrics:
        """The pair of two canvases, created on the first call."""
        from .pair_metrics import PairMetrics  # noqa: PLC0415 (most views have no pair)

        self.begun = True
        return self._pairs.setdefault((prediction.id, target.id), PairMetrics(prediction, target))

    def pairs(self) -> list[PairMetrics]:
        """All pairs."""
        return list(self._pairs.values())

    def forget(self) -> None:
        """Treats all tensors as changed."""
        for pair in self._pairs.values():
            pair.forget()

    def look(self, now: float, step: int, *, resting: bool, watched: bool) -> None:
        """Measures what has changed and is due ``now``, as of ``step``.

        When the run comes to rest, it measures at once and waits for the result, because that is what gets saved.
        """
        final = resting and self._rested != step
        self._rested = step if resting else None
        if self._readings and not self._collect(wait=final):
            return
        if not final and not self._due(now, watched=watched):
            return
        pairs = [pair for pair in self._pairs.values() if pair.is_shown() and pair.changed()]
        if not pairs:
            return
        self._measure(pairs, step)
        self._last = now
        if final:
            self._collect(wait=True)

    def _due(self, now: float, *, watched: bool) -> bool:
        seen = watched or any(pair.logs for pair in self._pairs.values())
        return now >= max(self._budget.due, self._last + (INTERVAL if seen else UNSEEN_INTERVAL))

    def _measure(self, pairs: list[PairMetrics], step: int) -> None:
        begun, worked = time.perf_counter(), time.thread_time()
        for pair in pairs:
            device = None if pair.prediction.tensor is None else pair.prediction.tensor.device
            if device is not None and device.type == "cuda":
                self._submit(pair, device, step)
                continue
            with one_thread():  # do not wait for the training's threads, and keep the time predictable
                result = pair.begin()
            if result is not None:
                self._take(pair, result.tolist(), step)
        # On a busy machine other programs take most of the elapsed time.
        self._took = min(time.perf_counter() - begun, time.thread_time() - worked)
        if not self._readings:
            self._charge()

    def _submit(self, pair: PairMetrics, device: torch.device, step: int) -> None:
        with torch.cuda.device(device):
            begin, end = _event(), _event()
            begin.record()
            result = pair.begin()
            if result is None:
                return
            host = torch.empty(result.shape, dtype=result.dtype, pin_memory=True)
            host.copy_(result, non_blocking=True)
            end.record()
            self._readings.append(_Reading(pair, host, begin, end, step))

    def _collect(self, *, wait: bool) -> bool:
        """Takes the numbers that GPUs have computed. Returns False if some are not ready."""
        for reading in self._readings:
            if wait:
                reading.end.synchronize()
            elif not reading.end.query():  # type: ignore[no-untyped-call]
                return False
        readings, self._readings = self._readings, []
        for reading in readings:
            self._took = max(self._took, reading.begin.elapsed_time(reading.end) / 1000)
            self._take(reading.pair, reading.host.tolist(), reading.step)
        if readings:
            self._charge()
        return True

    def _charge(self) -> None:
        # The first measurement loads kernels, so its time says nothing about the others.
        self._budget.spend(self._took if self._warm else 0.0, time.monotonic())
        self._warm = True

    def _take(self, pair: PairMetrics, values: list[float], step: int) -> None:
        pair.take(values, step)
        if pair.logs:
            self._log({pair.logs[name]: value for name, value in pair.values.items()}, step)


def _event() -> torch.cuda.Event:
    return torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
