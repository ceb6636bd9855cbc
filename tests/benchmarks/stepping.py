"""Stretches of a ``while view.step()`` loop, with its pump and without, one after another in one cell of a kernel."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import vultorch_widget as vultorch

from .windows import Window
from .work import Work


@dataclass(frozen=True)
class Stretch:
    """What a stretch came to. ``looks`` of the pump took ``looking`` seconds in all."""

    kind: str
    seconds: float
    ticks: int
    looks: int
    looking: float

    @property
    def rate(self) -> float:
        """Ticks a second."""
        return self.ticks / self.seconds


class Clocked:
    """A pump that notes how long its looks take. Most calls come before one is due, and count for time only."""

    def __init__(self, pump: Callable[[], None]) -> None:
        self._pump = pump
        self.looks = 0
        self.seconds = 0.0

    def __call__(self) -> None:
        due = self._pump._next
        begun = time.perf_counter()
        self._pump()
        self.seconds += time.perf_counter() - begun
        self.looks += self._pump._next != due


def run(view: vultorch.View, work: Work, windows: Sequence[Window], results: Path) -> None:
    """Runs ``windows``: with the pump those of the kind ``pump``, without it the others. Writes them as JSON."""
    pump = Clocked(view._blocking._pump)
    done = []
    for window in windows:
        view._blocking._pump = pump if window.kind == "pump" else _nothing
        gc.collect()
        _loop(view, work, window.warm)
        before = work.ready[-1], work.ticks, pump.looks, pump.seconds
        _loop(view, work, window.seconds)
        after = work.ready[-1], work.ticks, pump.looks, pump.seconds
        done.append(Stretch(window.kind, *(b - a for a, b in zip(before, after, strict=True))))
    partial = results.with_suffix(".partial")
    partial.write_text(json.dumps([asdict(stretch) for stretch in done]))
    partial.rename(results)


def _loop(view: vultorch.View, work: Work, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and view.step():
        work.tick()
        view.end_step()


def _nothing() -> None:
    pass
