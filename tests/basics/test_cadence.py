from __future__ import annotations

from vultorch_widget.basics.cadence import Cadence


def test_it_is_time_at_once_and_then_every_interval() -> None:
    cadence = Cadence(2.0)
    assert cadence.due(0.0)
    cadence.done(10.0)
    assert [cadence.due(now) for now in (10.0, 11.9, 12.0, 30.0)] == [False, False, True, True]


def test_what_takes_long_is_done_less_often() -> None:
    cadence = Cadence(2.0, share=0.1)
    cadence.done(10.0, took=0.1)
    assert cadence.due(12.0)  # the interval is longer than what it takes allows
    cadence.done(12.0, took=1.0)
    assert [cadence.due(now) for now in (14.0, 21.9, 22.0)] == [False, False, True]


def test_who_is_in_a_hurry_does_not_wait() -> None:
    cadence = Cadence(2.0, share=0.1)
    cadence.done(10.0, took=5.0)
    cadence.hurry()
    assert cadence.due(10.0)


def test_an_interval_that_is_set_counts_from_the_last_time() -> None:
    cadence = Cadence(2.0)
    cadence.done(10.0)
    cadence.interval = 0.5
    assert [cadence.due(now) for now in (10.4, 10.5)] == [False, True]
