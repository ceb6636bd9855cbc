"""How often a rank copies a picture."""

from __future__ import annotations

import pytest

from vultorch_widget.feeds import pacing
from vultorch_widget.feeds.pacing import RATE, SHARE, Pacing, following

SECONDS = 20.0


@pytest.fixture(autouse=True, params=[0.00137, 13.1683, 300.3019, 4000.2541, 17e8 + 0.0023])
def boot(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the machine was started, on which the times depend that all ranks share.

    Never exactly at the end of a step.
    """
    monkeypatch.setattr(pacing, "_WALL", request.param)


def copied(step: float, took: float, start: float = 0.0) -> list[float]:
    """When pictures are copied in a training with steps of ``step`` seconds."""
    times = []
    due = 0.0
    for number in range(1, int(SECONDS / step)):
        now = start + number * step
        if now >= due:
            times.append(now)
            due = following(now, took)
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


def copied_together(step: float, took: float, start: float = 0.0) -> list[set[int]]:
    """The steps in which each of eight pictures is copied. Some are shown in every step, others more rarely."""
    paced = Pacing()
    found: list[set[int]] = [set() for _ in range(8)]
    for number in range(1, int(SECONDS / step)):
        now = start + number * step
        for picture, steps in enumerate(found):
            if number % (1 + 37 * (picture // 6)) == 0 and paced.due(str(picture), now):
                paced.copied(str(picture), now, took)
                steps.add(number)
    return found


@pytest.mark.parametrize("step", [0.0003, 0.005, 0.0407])
@pytest.mark.parametrize("took", [0.0006, 0.004])
def test_copies_of_all_pictures_together_take_no_more_than_their_share_and_it_is_divided_among_them(
    step: float, took: float
) -> None:
    found = copied_together(step, took)
    spent = took * sum(map(len, found))
    assert 0.5 * SHARE * SECONDS < spent <= SHARE * SECONDS * 1.01 + 8 * took
    assert found[0] == found[5]


def test_a_picture_that_is_shown_no_more_does_not_slow_down_the_others() -> None:
    paced = Pacing()
    for name, took in (("large", 0.02), ("small", 0.0001)):
        assert paced.due(name, 1.0)
        paced.copied(name, 1.0, took)
    assert not paced.due("small", 1.4)
    assert paced.due("small", 5.0)
    paced.copied("small", 5.0, 0.0001)
    assert paced.due("small", 5.0 + 1 / RATE)


def test_ranks_with_many_pictures_copy_them_in_the_same_step() -> None:
    first, other = copied_together(0.005, 0.0006), copied_together(0.005, 0.0006 * 1.001, start=1e-5)
    together = sum(len(one & same) for one, same in zip(first, other, strict=True))
    assert together >= 0.85 * sum(len(one | same) for one, same in zip(first, other, strict=True))


@pytest.mark.parametrize("late", [0.6, 0.99, 5.6])
def test_a_long_step_is_not_followed_by_two_pictures_at_once(late: float) -> None:
    due = following(following(1.0, 0.0001) + 1e-4, 0.0001)  # the first may be half an interval after a late one
    now = due + late / RATE
    assert following(now, 0.0001) - now == pytest.approx(0.5 / RATE)


@pytest.mark.parametrize("took", [0.0001, 0.0039])
def test_ranks_that_step_together_copy_in_the_same_step(took: float) -> None:
    """Whenever each began to show, and though one ends its steps a little later and copies a little more slowly."""
    first = copied(0.005, took)
    other = copied(0.005, took * 1.001, start=1e-5)
    steps = [{round(time / 0.005) for time in times if time > 1} for times in (first, other)]
    assert len(steps[0] & steps[1]) >= 0.95 * len(steps[0] | steps[1])
