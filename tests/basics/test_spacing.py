"""Key frames of a long run: the first, the newest, and fewer and fewer in between."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vultorch_widget.basics.budget import Budget
from vultorch_widget.basics.spacing import least_missed, on_scale
from vultorch_widget.replay.encoded_pictures import Blob
from vultorch_widget.replay.key_frames import KeyFrame, KeyFrames


def frame(step: int, length: int = 10) -> KeyFrame:
    return KeyFrame(step, {"canvas": Blob("jpeg", 1, 1, False, "x" * length)})


def test_the_first_and_the_newest_of_a_million_steps_are_there_all_the_time() -> None:
    frames = KeyFrames(50, 1 << 20)
    made = 0
    for step in range(1_000_000):
        if frames.wants(step):
            frames.add(frame(step))
            made += 1
        if step % 100_003 == 0:
            steps = [kept.step for kept in frames.frames]
            assert steps[0] == 0
            assert steps[-1] >= step * 0.7
            assert steps == sorted(set(steps))
            assert len(steps) <= 50
    assert made < 700  # no frames are made that would be dropped at once
    gaps = np.diff([on_scale(kept.step) for kept in frames.frames])
    assert gaps.max() < 8 * np.median(gaps)  # no gaps


def test_bytes_are_bounded_too_and_an_unchanged_picture_counts_once() -> None:
    frames = KeyFrames(100, 1000)
    still = Blob("png", 1, 1, True, "s" * 200)
    for step in range(100):
        frames.add(KeyFrame(step, {"still": still, "moving": Blob("jpeg", 1, 1, False, "x" * 100)}))
    assert frames.bytes <= 1000
    assert len(frames) == 8
    frames.limit(500)
    assert (frames.bytes, len(frames)) == (500, 3)
    assert [frames.frames[0].step, frames.frames[-1].step] == [0, 99]


def test_a_frame_replaces_one_of_the_same_step() -> None:
    frames = KeyFrames(10, 1000)
    for step in (1, 2, 2):
        frames.add(frame(step))
    assert [kept.step for kept in frames.frames] == [1, 2]
    with pytest.raises(ValueError, match="step 1 after 2"):
        frames.add(frame(1))


def test_the_frame_in_the_densest_place_is_dropped_but_never_an_end() -> None:
    assert least_missed([0, 0.1, 5, 9], (1, 2)) == 1
    assert least_missed([0, 5, 8.9, 9], (1, 2)) == 2
    assert least_missed([0, 5, 8.9, 9], (1,)) == 1
    assert least_missed([0, 0, 9], (1,)) == 1


def test_frames_of_events_are_dropped_last() -> None:
    frames = KeyFrames(20, 1 << 20)
    for step in range(2000):
        frames.add(KeyFrame(step, {"canvas": Blob("jpeg", 1, 1, False, "x")}, event=step in (777, 1501, 1502)))
    steps = [kept.step for kept in frames.frames]
    assert {0, 777, 1501, 1502, 1999} < set(steps)
    assert len(steps) == 20


def test_a_run_of_nothing_but_events_is_kept_from_end_to_end() -> None:
    frames = KeyFrames(20, 1 << 20)
    for step in range(100):
        frames.add(KeyFrame(step, {"canvas": Blob("jpeg", 1, 1, False, "x")}, event=True))
    for step in range(100, 3000):
        frames.add(frame(step))
    gaps = np.diff([on_scale(kept.step) for kept in frames.frames])
    assert len(frames) == 20
    assert sum(kept.event for kept in frames.frames) >= 9
    assert gaps.max() < 1.0  # the whole run spans 5.2


def test_a_budget_gives_credit_once_and_then_its_share() -> None:
    budget = Budget(0.01, credit=0.1)
    now = 100.0
    done = 0
    for _ in range(10_000):  # 100 seconds, one opportunity every 10 ms
        now += 0.01
        if now >= budget.due:
            now += 0.005
            budget.spend(0.005, now)
            done += 1
    assert 0.8 < budget.spent < 0.1 + 0.01 * 151
    assert budget.spent <= 0.1 + 0.005 + 0.01 * (now - 100)
    assert done == round(budget.spent / 0.005)
    with pytest.raises(ValueError, match="share must be"):
        Budget(1.5, 0)


def test_an_accidentally_slow_frame_does_not_use_up_the_budget() -> None:
    budget = Budget(0.01, credit=0.02)
    now = 0.0
    for took in (0.002, 0.002, 0.1, 0.002, 0.002, 0.1, 0.002):  # slow now and then because of other work
        now += 1.0
        budget.spend(took, now)
        assert budget.due <= now + 1.0
    for _ in range(3):  # but consistently slow ones do
        now += 1.0
        budget.spend(0.1, now)
    assert budget.due > now + 5


@settings(max_examples=50, deadline=None)
@given(
    moments=st.lists(st.tuples(st.integers(0, 3), st.lists(st.integers(0, 5), max_size=3)), max_size=60),
    most=st.integers(1, 8),
    most_bytes=st.integers(0, 60),
)
def test_the_bytes_are_those_of_the_pictures_that_are_kept(
    moments: list[tuple[int, list[int]]], most: int, most_bytes: int
) -> None:
    blobs = [Blob("png", 1, 1, True, "x" * (3 + length)) for length in range(6)]
    frames = KeyFrames(most, most_bytes)
    step = 0
    for gap, shown in moments:
        step += gap
        frames.add(KeyFrame(step, {str(place): blobs[index] for place, index in enumerate(shown)}))
        kept = {id(blob): len(blob.data) for each in frames.frames for blob in each.pictures.values()}
        assert frames.bytes == sum(kept.values())
