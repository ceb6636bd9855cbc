"""How often a rank copies a picture."""

from __future__ import annotations

import pytest

from vultorch_widget.feeds.posting import RATE, SHARE, following

SECONDS = 20.0


def copied(step: float, took: float) -> list[float]:
    """When pictures are copied in a training with steps of ``step`` seconds."""
    times = []
    due = 0.0
    for number in range(1, int(SECONDS / step)):
        now = number * step
        if now >= due:
            times.append(now)
            due = following(due, now, took)
    return times


@pytest.mark.parametrize("step", [0.0003, 0.005, 0.0071, 0.0165])
def test_the_length_of_a_short_step_does_not_lower_the_rate(step: float) -> None:
    assert len(copied(step, 0.0001)) == pytest.approx(RATE * SECONDS, rel=0.01)


@pytest.mark.parametrize("step", [0.04, 0.5])
def test_every_step_is_shown_if_steps_are_longer(step: float) -> None:
    assert len(copied(step, 0.0001)) == int(SECONDS / step) - 1


def test_copies_take_no_more_than_their_share_of_the_time() -> None:
    took = 0.004
    assert len(copied(0.005, took)) * took <= SHARE * SECONDS * 1.01


def test_a_long_step_is_not_followed_by_two_pictures_at_once() -> None:
    after = following(1.0, 9.0, 0.0001)
    assert after - 9.0 == pytest.approx(0.5 / RATE)
