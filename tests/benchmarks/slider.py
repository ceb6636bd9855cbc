"""How soon a key press on a slider reaches the optimiser, whatever keeps the kernel busy."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

import numpy as np

from tests.browser.notebook import Notebook

from .bench import Bench, Row, drain

LIMIT = 25
"""Median milliseconds beyond the tick that was running."""
SETUP = """
import torch
torch.set_num_threads(1)
from tests.benchmarks import work as works
from tests.benchmarks.heard import Reader

view, work = works.new(works.{training}(), title="slider")
reader = Reader(view, work)
"""
TICKER = "view.on_frame(reader.tick)\nview.run()\nreader.listen()"
LOOP = """
view.step()
reader.listen()
while view.step():
    reader.tick()
    view.end_step()
"""
BLOCKED_SECONDS = 5


@dataclass(frozen=True)
class Presses:
    """When keys went down, and what the kernel recorded. Seconds since the epoch."""

    keys: list[float]
    heard: list[float]
    applied: list[float]
    cell_ended: list[float]
    started: list[float]
    ready: list[float]

    def beyond(self) -> list[float]:
        """For each key: milliseconds to its use, from the end of the tick that was running when it was pressed."""
        return [(_first(self.applied, key) - self._tick_end(key)) * 1000 for key in self.keys]

    def _tick_end(self, at: float) -> float:
        tick = int(np.searchsorted(self.started, at)) - 1
        return max(at, self.ready[tick]) if tick >= 0 else at

    def until_heard(self) -> list[float]:
        """Milliseconds from each key until the kernel heard it."""
        return [(_first(self.heard, key) - key) * 1000 for key in self.keys]

    def after_cell(self) -> list[float]:
        """Milliseconds from the end of each blocking cell until the moved value was used."""
        return [(_first(self.applied, ended) - ended) * 1000 for ended in self.cell_ended]


def _first(times: list[float], after: float) -> float:
    return next((at for at in times if at >= after), float("inf"))


def slider(bench: Bench) -> list[Row]:
    """Key presses while a ticker runs, inside a ``step()`` loop, and while another cell blocks."""
    count = 5 if bench.quick else 30
    rows = []
    for training, pause in (("DisplayBoundTraining", 0.4), ("SeedTraining", 1.0)):
        for mode, cell in (("ticker", TICKER), ("step() loop", LOOP)):
            done = _pressed(bench, SETUP.format(training=training), cell, count, pause)
            rows.append(_row(f"{mode}, {training}, beyond the running tick", done.beyond()))
    done = _blocked(bench, cells=1 if bench.quick else 4)
    rows.append(_row(f"heard while a cell blocks for {BLOCKED_SECONDS} s", done.until_heard()))
    rows.append(_row("used after that cell has ended", done.after_cell()))
    return rows


def _pressed(bench: Bench, setup: str, cell: str, count: int, pause: float) -> Presses:
    with bench.notebook(setup, cell) as notebook:
        notebook.run(0)
        notebook.start(1)
        _ready(notebook)
        for _ in range(count):
            notebook.page.keyboard.press("ArrowRight")
            time.sleep(pause * random.uniform(0.8, 1.4))
        notebook.button("Stop").click()
        notebook.wait_for_state("stopped")
        return _collected(notebook)


def _blocked(bench: Bench, cells: int) -> Presses:
    setup = SETUP.format(training="DisplayBoundTraining")
    with bench.notebook(setup, TICKER, f"reader.block({BLOCKED_SECONDS})") as notebook:
        notebook.run(0)
        notebook.run(1)
        _ready(notebook)
        for _ in range(cells):
            notebook.start(2)
            time.sleep(1)
            notebook.control("slider:lr").locator("input[type=range]").focus()  # running a cell takes the focus
            for _ in range(5):
                notebook.page.keyboard.press("ArrowRight")
                time.sleep(random.uniform(0.4, 0.6))
            time.sleep(BLOCKED_SECONDS - 2.5)
        return _collected(notebook)


def _ready(notebook: Notebook) -> None:
    """Waits until the slider is there and has been moved once, because the first message of a session takes longer."""
    notebook.control("slider:lr").wait_for()
    notebook.control("slider:lr").locator("input[type=range]").focus()
    notebook.page.keyboard.press("ArrowLeft")
    time.sleep(2)
    drain(notebook)


def _collected(notebook: Notebook) -> Presses:
    keys = drain(notebook).keys
    names = ("heard", "applied", "cell_ended")
    noted = notebook.evaluate(f"({', '.join(f'reader.{name}' for name in names)}, work.started, work.ready)")
    return Presses(keys, *noted)


def _row(figure: str, milliseconds: list[float]) -> Row:
    middle, high = np.percentile(milliseconds, [50, 95])
    value = f"median {middle:.1f} ms, p95 {high:.1f} ms (n = {len(milliseconds)})"
    return Row("slider", figure, value, f"median ≤ {LIMIT} ms", bool(middle <= LIMIT))
