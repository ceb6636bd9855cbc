"""Stretches of a ``while view.step()`` loop, with and without its pump, one after another in one cell of a kernel."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import vultorch_widget as vultorch
from vultorch_widget.notebook.pump import Pump

from .windows import Window
from .work import Work


@dataclass(frozen=True)
class Stretch:
    """The result of a stretch. ``looks`` of the pump took ``looking`` seconds in all."""

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
    """A pump that records how long its looks take. Most calls come before one is due, and only add time."""

    def __init__(self, pump: Pump) -> None:
        self._pump = pump
        self.looks = 0
        self.seconds = 0.0

    def begin(self) -> None:
        self._pump.begin()

    def __call__(self) -> None:
        due = self._pump._next
        begun = time.perf_counter()
        self._pump()
        self.seconds += time.perf_counter() - begun
        self.looks += self._pump._next != due


class NoPump:
    """A pump that hears nothing."""

    def begin(self) -> None:
        pass

    def __call__(self) -> None:
        pass


def run(view: vultorch.View, work: Work, windows: Sequence[Window], results: Path) -> None:
    """Runs ``windows``: those of the kind ``pump`` with the pump, the others without. Writes the results as JSON."""
    pump, no_pump = Clocked(view._parts.loop._pump), NoPump()
    done = []
    for window in windows:
        view._parts.loop._pump = pump if window.kind == "pump" else no_pump
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
