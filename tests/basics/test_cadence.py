from __future__ import annotations

from vultorch_widget.basics.cadence import Cadence


def test_a_task_is_due_at_once_and_then_every_interval() -> None:
    cadence = Cadence(2.0)
    assert cadence.due(0.0)
    cadence.done(10.0)
    assert [cadence.due(now) for now in (10.0, 11.9, 12.0, 30.0)] == [False, False, True, True]


def test_a_slow_task_is_due_less_often() -> None:
    cadence = Cadence(2.0, share=0.1)
    cadence.done(10.0, took=0.1)
    assert cadence.due(12.0)  # the interval is longer than the share requires
    cadence.done(12.0, took=1.0)
    assert [cadence.due(now) for now in (14.0, 21.9, 22.0)] == [False, False, True]


def test_hurry_makes_a_task_due_at_once() -> None:
    cadence = Cadence(2.0, share=0.1)
    cadence.done(10.0, took=5.0)
    cadence.hurry()
    assert cadence.due(10.0)


def test_a_new_interval_counts_from_the_last_time() -> None:
    cadence = Cadence(2.0)
    cadence.done(10.0)
    cadence.interval = 0.5
    assert [cadence.due(now) for now in (10.4, 10.5)] == [False, True]
