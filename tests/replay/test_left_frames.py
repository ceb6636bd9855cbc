"""The key frames of abandoned branches, in bounded number and size."""

from __future__ import annotations

from vultorch_widget.replay.encoded_pictures import Blob
from vultorch_widget.replay.key_frames import KeyFrame
from vultorch_widget.replay.left_frames import thin

STILL = Blob("jpeg", 8, 8, lossless=False, data="still" * 20)


def frames(first: int, last: int) -> list[KeyFrame]:
    """Key frames of 100 characters each, plus a picture that all of them share."""
    return [
        KeyFrame(step, {"moving": Blob("jpeg", 8, 8, lossless=False, data="x" * 100), "still": STILL})
        for step in range(first, last)
    ]


def test_what_fits_is_kept_and_a_shared_picture_counts_once() -> None:
    branches = [frames(0, 10), frames(4, 14)]
    thin(branches, 2_100)
    assert [len(one) for one in branches] == [10, 10]


def test_every_branch_keeps_some_until_there_are_too_many_then_the_oldest_lose_theirs() -> None:
    branches = [frames(0, 4), frames(4, 100), frames(4, 40)]
    thin(branches, 1_700)
    assert sum(len(one) for one in branches) == 16
    assert [len(one) for one in branches] == [4, 6, 6]
    assert [(one[0].step, one[-1].step) for one in branches] == [(0, 3), (4, 99), (4, 39)]
    thin(branches, 300)
    assert [[frame.step for frame in one] for one in branches] == [[], [99], [39]]


def test_their_number_is_bounded_too() -> None:
    branches = [frames(0, 60) for _ in range(50)]
    thin(branches, 10**9, 200)
    assert {len(one) for one in branches} == {4}


def test_a_very_long_branch_is_thinned_at_once() -> None:
    (branch,) = branches = [frames(0, 10_000)]
    thin(branches, 10**9, 400)
    steps = [frame.step for frame in branch]
    assert (steps[0], steps[-1]) == (0, 9_999)
    assert 300 < len(steps) <= 400
