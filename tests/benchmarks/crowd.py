"""Two hundred controls, and controls that differ in every frame: how soon input is heard, how busy the page is."""

from __future__ import annotations

import time

import numpy as np

from tests.browser.notebook import Notebook
from tests.browser.programs import CHANGING, MANY

from .bench import Bench, Row

LATEST = 150
"""Median milliseconds from a key press to the callback that reads it, including the test's own overhead."""
LONGEST = 300
"""Milliseconds for which the page may be unresponsive."""
LONG_TASKS = """() => {
    window.tasks = [];
    new PerformanceObserver(list => window.tasks.push(...list.getEntries().map(entry => entry.duration)))
        .observe({ entryTypes: ['longtask'] });
}"""


def crowd(bench: Bench) -> list[Row]:
    """Keys on the first and the last of two hundred controls; then typing while everything else changes."""
    return [*_many(bench, presses=3 if bench.quick else 20), *_changing(bench)]


def _many(bench: Bench, presses: int) -> list[Row]:
    with bench.notebook(MANY, probe=False) as notebook:
        notebook.run(0)
        notebook.control("slider:slider 39").wait_for()
        notebook.page.evaluate(LONG_TASKS)
        before, start = _frames(notebook), time.monotonic()
        waited = [_heard(notebook, index) for index in (0, 39) for _ in range(presses)]
        rate = (_frames(notebook) - before) / (time.monotonic() - start)
        longest = max(notebook.page.evaluate("window.tasks"), default=0)
    middle = float(np.median(waited))
    value = f"median {middle:.0f} ms, at most {max(waited):.0f} ms (n = {len(waited)})"
    return [
        Row("crowd", "a key on one of 200 controls, until it is read", value, f"median < {LATEST} ms", middle < LATEST),
        Row("crowd", "the page's longest task", f"{longest:.0f} ms", f"< {LONGEST} ms", longest < LONGEST),
        Row("crowd", "frames, with 200 controls of which 40 change", f"{rate:.0f} /s", "> 15 /s", rate > 15),
    ]


def _heard(notebook: Notebook, index: int) -> float:
    """Milliseconds from a key press to the callback that read it."""
    track = notebook.control(f"slider:slider {index}").locator("input[type=range]")
    track.focus()
    pressed = time.time()
    notebook.page.keyboard.press("ArrowRight")
    if not notebook.eventually(f"heard.get({index}, 0) > {pressed}"):
        raise RuntimeError("a key was not heard")
    return 1000 * (notebook.evaluate(f"heard[{index}]") - pressed)


def _changing(bench: Bench) -> list[Row]:
    words = "every letter arrives, and none comes twice 0123456789"
    with bench.notebook(CHANGING, probe=False) as notebook:
        notebook.run(0)
        notebook.control("input_text:###line").locator("input").focus()
        before, start = _frames(notebook), time.monotonic()
        notebook.page.keyboard.type(words, delay=60)
        rate = (_frames(notebook) - before) / (time.monotonic() - start)
    return [Row("crowd", "frames, while one types and all controls change", f"{rate:.0f} /s", "> 30 /s", rate > 30)]


def _frames(notebook: Notebook) -> int:
    return int(notebook.evaluate("view.frame_count"))
