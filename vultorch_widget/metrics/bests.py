"""The best value of each scalar and its exact step, which the points of the chart do not have."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from .alarms import Alarms, is_loss, without_rank
from .record import Room, Series

RISING = {
    "acc", "accuracy", "ap", "auc", "auroc", "bleu", "correct", "dice", "f1", "iou", "jaccard", "kappa", "map", "mcc",
    "miou", "precision", "psnr", "r2", "recall", "return", "returns", "reward", "rewards", "rouge", "score", "scores",
    "sensitivity", "snr", "specificity", "ssim", "top1", "top5",
}  # fmt: skip
"""Words in names of scalars for which higher values are better."""
SETTINGS = {
    "beta", "decay", "epoch", "epochs", "iteration", "lr", "memory", "momentum", "norm", "seconds", "speed", "step",
    "steps", "temperature", "time",
}  # fmt: skip
"""Words in names of scalars for which no value is best."""
_WORD = re.compile("[a-z]+[0-9]*")
_HUMP = re.compile("(?<=[a-z])(?=[A-Z])")


class Best(NamedTuple):
    """The best ``value`` of a scalar, and the first ``step`` that had it; ``highest`` is whether higher is better."""

    step: int
    value: float
    highest: bool


def rises(name: str) -> bool | None:
    """Whether higher values of a scalar of this name are better; None if no value counts as best.

    What counts is its last part, "acc" in "val/acc", whichever run or rank has logged it. A loss is a loss, whatever
    else its name says.
    """
    last = without_rank(name).rpartition("/")[2]
    words = set(_WORD.findall(_HUMP.sub(" ", last).lower()))
    if is_loss(last):
        return False
    return True if words & RISING else None if words & SETTINGS or {"learning", "rate"} <= words else False


class _Found:
    """The best of the first ``seen`` values of a series, including values dropped since."""

    def __init__(self, series: Series, *, highest: bool) -> None:
        self.series = series
        self.highest = highest
        self.seen = 0
        self.best: Best | None = None


class Bests:
    """Finds the best values in the record of all values, on demand, so logging costs nothing more."""

    def __init__(self, record: Room, alarms: Alarms) -> None:
        self._record = record
        self._alarms = alarms
        self._found: dict[str, _Found] = {}

    def of(self, name: str) -> Best | None:
        """The best value of a scalar so far; None if it has no finite value, or if none counts as best."""
        highest = self._alarms.rising.get(name, rises(name))
        series = self._record.series.get(name)
        if highest is None or series is None:
            return None
        found = self._found.get(name)
        if found is None or found.series is not series or found.highest is not highest:
            found = self._found[name] = _Found(series, highest=highest)
        begin, end = max(0, found.seen - series.dropped), len(series.steps) - 1
        if begin < end:  # the last value may still be replaced
            found.best = _better(found.best, _best(series, begin, end, highest=highest))
            found.seen = series.dropped + end
        return _better(found.best, _best(series, max(0, end), end + 1, highest=highest))


def _best(series: Series, begin: int, end: int, *, highest: bool) -> Best | None:
    values = np.array(series.values[begin:end])
    if not highest:
        values = -values
    values[~np.isfinite(values)] = -np.inf
    if not len(values) or np.isneginf(values.max()):
        return None
    at = begin + int(values.argmax())
    return Best(series.steps[at], series.values[at], highest)


def _better(one: Best | None, other: Best | None) -> Best | None:
    if one is None or other is None:
        return one or other
    better = other.value > one.value if one.highest else other.value < one.value
    return other if better else one
