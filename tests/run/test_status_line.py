from __future__ import annotations

import pytest

from vultorch_widget.pages.pacing import Pacer
from vultorch_widget.run.status_line import WINDOW, _Pace


def paces(*looks: tuple[float, int]) -> list[float]:
    pace = _Pace()
    return [pace.read(now, count) for now, count in looks]


def test_a_quick_count_is_averaged_over_the_last_seconds() -> None:
    slow = [(0.25 * i, 10 * i) for i in range(40)]
    quick = [(10 + 0.25 * i, 400 + 50 * i) for i in range(40)]
    rates = paces(*slow, *quick)
    assert rates[0] == 0
    assert rates[39] == pytest.approx(40)
    assert rates[-1] == pytest.approx(200)
    assert rates[39 + int(WINDOW / 0.25) + 2] == pytest.approx(200)


def test_a_count_that_is_rarer_than_the_window_has_a_rate() -> None:
    looks = [(0.25 * i, i // 88) for i in range(5 * 88)]  # one in 22 s, looked at four times a second
    rates = paces(*looks)
    assert rates[88] == pytest.approx(1 / 22, abs=0.001)
    assert set(rates[88:]) == {rates[88]}


def test_a_pause_is_no_interval_and_a_reset_no_step_back() -> None:
    looks = [(0.1 * i, i) for i in range(50)]
    rates = paces(*looks, (60.0, 49), (60.1, 50), (60.2, 51), (60.3, 0), (60.4, 2))
    assert rates[49] == pytest.approx(10)
    assert rates[50:] == [0.0, 0.0, pytest.approx(10), 0.0, pytest.approx(20)]


def test_pictures_that_are_rarer_than_reports_have_a_rate() -> None:
    pacer, pace, rates = Pacer(60), _Pace(), []
    pacer.ready("page", 0)
    for second in range(60):
        if second % 5 == 0:
            pacer.sent(second)
        pacer.report("page", seq=second // 5 + 1, painted=second // 5 + 1, age=0, visible=True, now=second + 0.2)
        rates.append(pace.read(second + 0.3, pacer.painted(second + 0.3)))
    assert set(rates[10:]) == {0.2}
