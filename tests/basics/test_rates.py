from __future__ import annotations

import pytest

from vultorch_widget.basics.rates import RateMeter


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_counts_events_a_second_over_the_window() -> None:
    clock = Clock()
    meter = RateMeter(clock=clock)
    assert meter.rate() == 0
    for _ in range(100):
        clock.now += 0.02
        meter.tick()
    assert meter.rate() == pytest.approx(50)
    for _ in range(100):
        clock.now += 0.1
        meter.tick()
    assert meter.rate() == pytest.approx(10)


def test_slow_events_are_measured_too_and_silence_is_zero() -> None:
    clock = Clock()
    meter = RateMeter(clock=clock)
    for _ in range(3):
        clock.now += 4
        meter.tick()
    assert meter.rate() == pytest.approx(0.25)
    clock.now += 100
    assert meter.rate() == 0


def test_a_silence_is_no_interval_between_events() -> None:
    clock = Clock()
    meter = RateMeter(clock=clock)
    for _ in range(10):
        clock.now += 0.1
        meter.tick()
    clock.now += 60
    meter.tick()
    assert meter.rate() == 0
    clock.now += 0.1
    meter.tick()
    assert meter.rate() == pytest.approx(10)
