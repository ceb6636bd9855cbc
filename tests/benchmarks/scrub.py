"""The share of its steps that a training keeps while somebody scrubs through it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import numpy as np

from tests.browser.notebook import Notebook

from .bench import Bench, Row
from .ratios import against_bare, median
from .samples import Sample, sampled

AIM = 0.95
SECONDS = 4.0
SETTLE = 1.0
MOVES = 20
"""Moves of the pointer per second, each to a different part of the time line."""


def scrub(bench: Bench) -> list[Row]:
    """The time line is dragged, in between periods in which the view shows the present."""
    return [_row(bench, training) for training in ("SeedTraining", "DisplayBoundTraining")]


def _row(bench: Bench, training: str) -> Row:
    rounds = 2 if bench.quick else 8
    with bench.notebook(sampled(training, "scrub"), probe=False) as notebook:
        notebook.run(0)
        assert notebook.eventually("len(view._parts.offscreen.replay.builder.key_frames) > 12")
        bench.note_backend(notebook)
        stretches = [_live(notebook)]
        for _ in range(rounds):
            stretches += [_scrubbed(notebook), _live(notebook)]
        taken: list[Sample] = notebook.evaluate("taken")
    rates = [_rate(taken, stretch) for stretch in stretches]
    kinds = ["bare", *["scrubbed", "bare"] * rounds]
    share = median(against_bare(kinds, rates, "scrubbed"))
    return Row("scrub", training, str(share), f"at least {AIM}", share.value >= AIM)


def _rate(taken: list[Sample], stretch: tuple[float, float]) -> float:
    """Frames of the training per second."""
    times, frames = np.array([sample[0] for sample in taken]), np.array([sample[1] for sample in taken])
    ends = np.interp(stretch, times, frames)
    return float((ends[1] - ends[0]) / (stretch[1] - stretch[0]))


def _live(notebook: Notebook) -> tuple[float, float]:
    """The mouse moves as often as while it drags, beside the view: this alone takes time on these cores."""
    time.sleep(SETTLE)
    return _moved(notebook, lambda share: (1390, 100 + 800 * share))


def _scrubbed(notebook: Notebook) -> tuple[float, float]:
    line = notebook.page.get_by_role("slider", name="Earlier steps")
    x, y, width, height = notebook.box(line)
    notebook.page.mouse.move(x + width * 0.5, y + height / 2)
    notebook.page.mouse.down()
    stretch = _moved(notebook, lambda share: (x + width * (0.1 + 0.8 * share), y + height / 2))
    notebook.page.mouse.up()
    notebook.page.keyboard.press("Escape")
    return stretch


def _moved(notebook: Notebook, place: Callable[[float], tuple[float, float]]) -> tuple[float, float]:
    """Moves the mouse to positions in 0..1 that are far apart."""
    began = time.time()
    for count in itertools.takewhile(lambda _: time.time() < began + SECONDS, itertools.count()):
        notebook.page.mouse.move(*place((0.618 * count) % 1))
        time.sleep(max(0.0, began + (count + 1) / MOVES - time.time()))
    return began, time.time()
