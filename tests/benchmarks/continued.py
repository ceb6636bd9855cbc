"""The live training's exported page, continuing alone: its speed, its size, and how long it ignores input."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import torch
from playwright.sync_api import Page

from tests.browser.reader import continuing, step_of
from tests.export.notebooks import LIVE_TRAINING, live_training, text_of
from tests.patience import wait_until
from vultorch_widget.export.page import page
from vultorch_widget.training import ImageFit, as_target
from vultorch_widget.training.emblem import emblem

from .bench import Bench, Row
from .crowd import LONG_TASKS
from .ratios import median

SECONDS = 8.0
STEPS = 6
"""Steps per frame."""
MOVES = 10
"""Moves of the learning rate's slider per second."""
LONGEST = 50
"""Milliseconds for which the page may ignore input."""
LARGEST = 3 << 20
"""Size of the page in bytes."""


def continued(bench: Bench) -> list[Row]:
    """Alternates between the page, with its slider moving, and torch on one thread.

    Both train on all pixels, and make the picture after every six steps.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    fit = ImageFit(as_target(emblem(256)), seed=0, precision="torch")
    with tempfile.TemporaryDirectory() as folder:
        path = _written(Path(folder))
        size = path.stat().st_size
        reader = bench.browser.new_page()
        reader.add_init_script(f"({LONG_TASKS})()")
        reader.goto(path.as_uri())
        reader.locator(".vw-replay[data-vw-step='3000']").wait_for()
        reader.get_by_role("button", name="Continue", exact=True).click()
        wait_until(lambda: step_of(continuing(reader)) > 3_006)
        said = reader.get_by_text("Trained in this page by").inner_text()
        reader.evaluate("window.tasks = []")
        rates = [(_stretch(reader), _torch(reader, fit)) for _ in range(1 if bench.quick else 6)]
        tasks: list[float] = reader.evaluate("window.tasks")
        reader.close()
    torch.set_num_threads(threads)
    ratio = median([here / there for here, there in rates])
    longest = max(tasks, default=0.0)
    pages, torches = (median(column) for column in zip(*rates, strict=True))
    return [
        Row("continue", said, f"{pages} steps/s"),
        Row("continue", "torch on one thread, by autograd", f"{torches} steps/s"),
        Row("continue", "the page's steps over torch's", str(ratio), "at least 1", ratio.value >= 1),
        Row("continue", f"tasks above {LONGEST} ms, the slider dragged", f"{len(tasks)}", "none", not tasks),
        Row("continue", "the longest of them", f"{longest:.0f} ms", f"at most {LONGEST} ms", longest <= LONGEST),
        Row("continue", "the page", f"{size / (1 << 20):.2f} MiB", "at most 3 MiB", size <= LARGEST),
    ]


def _written(folder: Path) -> Path:
    node = live_training()
    path = folder / "tutorial.html"
    made = page(node, text_of(node), name=LIVE_TRAINING.stem, folder=LIVE_TRAINING.parent)
    path.write_text(made, encoding="utf-8")
    return path


def _stretch(reader: Page) -> float:
    """Steps per second of the page, while keys move its learning rate up and down."""
    bar = continuing(reader)
    bar.get_by_role("slider", name="learning rate").focus()
    first, began = step_of(bar), time.perf_counter()
    moves = 0
    while (took := time.perf_counter() - began) < SECONDS:
        reader.keyboard.press("ArrowLeft" if moves % 2 else "ArrowRight")
        moves += 1
        time.sleep(max(0.0, began + moves / MOVES - time.perf_counter()))
    return (step_of(bar) - first) / took


def _torch(reader: Page, fit: ImageFit) -> float:
    """Steps per second of torch while the page is paused."""
    bar = continuing(reader)
    bar.get_by_role("button", name="Pause").click()
    steps, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < SECONDS:
        fit.step(STEPS)
        fit.predict()
        steps += STEPS
    bar.get_by_role("button", name="Resume").click()
    return steps / took
