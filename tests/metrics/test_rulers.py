"""Seconds and epochs beside steps."""

from __future__ import annotations

from typing import Any

from vultorch_widget.metrics import Metrics
from vultorch_widget.metrics.rulers import MOST_ROWS, Measure, Rows, Ruler


def test_a_page_gets_each_row_once_and_everything_again_when_rows_were_dropped() -> None:
    metrics = Metrics()
    known: dict[Measure, tuple[int, int]] = {}
    metrics.rulers.tick(10, 1.0)
    assert list(metrics.rulers.news(known)) == [("seconds", 0, Rows((0, 10), (0.0, 1.0)))]
    metrics.rulers.tick(20, 3.0)
    assert list(metrics.rulers.news(known)) == [("seconds", 2, Rows((20,), (3.0,)))]
    assert list(metrics.rulers.news(known)) == []
    metrics.rulers.go_back({"seconds": Rows((0, 10, 20), (0.0, 1.0, 3.0))}, 10, 5.0)
    metrics.rulers.tick(11, 5.5)  # half a second after the rewind
    assert list(metrics.rulers.news(known)) == [("seconds", 0, Rows((0, 10, 11), (0.0, 1.0, 1.5)))]


def test_a_ruler_is_bounded_and_keeps_its_last_row() -> None:
    ruler = Ruler()
    for step in range(100_000):
        ruler.add(step, step / 10)
    assert len(ruler) <= MOST_ROWS
    assert ruler.rows().steps[0] == 0
    assert ruler.last[0] > 99_000
    assert len(ruler.rows().thinned(256).steps) == 256


def test_epochs_are_the_first_steps_of_each_logged_or_kept() -> None:
    metrics = Metrics()
    for step in range(1, 10):
        metrics.log({"loss": 1.0, "epoch": step // 3})
    assert metrics.rulers.snapshot() == {"epochs": Rows((1, 3, 6, 9), (0, 1, 2, 3))}
    trainer = Metrics()
    trainer.keep({"epoch": 1.0}, 100)
    assert trainer.rulers.snapshot() == {}  # a single row says nothing about the steps between
    trainer.keep({"epoch": 2.0}, 200)
    assert trainer.rulers.snapshot() == {"epochs": Rows((100, 200), (1.0, 2.0))}


def test_a_new_run_begins_at_nought() -> None:
    metrics = Metrics()
    metrics.rulers.tick(5, 2.0)
    metrics.rulers.begin(10.0)
    metrics.rulers.tick(5, 12.0)
    rows: Any = metrics.rulers.snapshot()["seconds"]
    assert rows == Rows((0, 5), (0.0, 2.0))
