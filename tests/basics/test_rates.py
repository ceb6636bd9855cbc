from __future__ import annotations

import pytest

from vultorch_widget.basics.rates import WINDOW, Rate


def rates(*looks: tuple[float, int]) -> list[float]:
    """The rate read at each observation: seconds, and the count by then."""
    rate, read = Rate(), []
    for now, count in looks:
        rate.note(now, count)
        read.append(rate.read(now))
    return read


def test_a_quick_count_is_averaged_over_the_last_seconds() -> None:
    slow = [(0.25 * i, 10 * i) for i in range(40)]
    quick = [(10 + 0.25 * i, 400 + 50 * i) for i in range(40)]
    read = rates(*slow, *quick)
    assert read[0] == 0
    assert read[39] == pytest.approx(40)
    assert read[39 + int(WINDOW / 0.25) + 2] == pytest.approx(200)
    assert read[-1] == pytest.approx(200)


def test_a_count_that_is_noted_whenever_it_changes_has_a_rate() -> None:
    read = rates(*((0.02 * i, i) for i in range(200)), *((4 + 0.1 * i, 200 + i) for i in range(100)))
    assert read[199] == pytest.approx(50)
    assert read[-1] == pytest.approx(10)


def test_a_count_that_is_rarer_than_the_window_has_a_rate() -> None:
    looks = [(0.25 * i, i // 88) for i in range(5 * 88)]  # one count in 22 s, polled four times a second
    read = rates(*looks)
    assert read[88] == pytest.approx(1 / 22, abs=0.001)
    assert set(read[88:]) == {read[88]}


def test_pauses_and_resets_do_not_distort_the_rate() -> None:
    looks = [(0.1 * i, i) for i in range(50)]
    read = rates(*looks, (60.0, 49), (60.1, 50), (60.2, 51), (60.3, 0), (60.4, 2))
    assert read[49] == pytest.approx(10)
    assert read[50:] == [0.0, 0.0, pytest.approx(10), 0.0, pytest.approx(20)]


def test_the_rate_is_zero_after_a_silence_without_observations() -> None:
    rate = Rate()
    for number in range(1, 4):
        rate.note(4.0 * number, number)
    assert rate.read(12.0) == pytest.approx(0.25)
    assert rate.read(112.0) == 0


def test_a_restarted_rate_ignores_earlier_observations() -> None:
    rate = Rate()
    for number in range(10):
        rate.note(0.1 * number, number)
    rate.restart()
    rate.note(1.0, 10)
    assert rate.read(1.0) == 0
    rate.note(1.5, 11)
    assert rate.read(1.5) == pytest.approx(2)
