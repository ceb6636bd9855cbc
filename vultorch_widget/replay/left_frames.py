"""The key frames of abandoned branches, in bounded number and size, and what else is shown of such branches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from ..basics.spacing import least_missed, on_scale
from ..metrics.bests import Best
from ..metrics.timeline import Mark
from .control_history import Change
from .key_frames import KeyFrame, size_of

MOST_LEFT = 2_000
"""Maximum key frames of all abandoned branches."""

MOST_TOLD = 2_000
"""Most marks of all branches that were left, and most changes of their controls, that documents and pages have."""
LEAST_TOLD = 8
"""Least of each that they have of one branch, if there are so many."""
NO_BESTS: Mapping[str, Best] = MappingProxyType({})

MANY = 500
"""If a branch has more key frames than this, every second one is dropped at once: choosing one takes time in proportion
to all."""


class LeftLine(NamedTuple):
    """The key frames on the way to the end of a branch, at step ``last``: the present's up to step ``shared``, which is
    -1 if there are none, then ``frames``.

    Attributes:
        marks: What happened in it after ``shared``, by step; also where it began itself, if that is at ``shared``.
        changes: Those of its controls after ``shared``.
        bests: The best values on the whole way, by scalar.

    """

    shared: int
    last: int
    frames: tuple[KeyFrame, ...]
    marks: tuple[Mark, ...] = ()
    changes: tuple[Change, ...] = ()
    bests: Mapping[str, Best] = NO_BESTS

    def along(self, present: Sequence[KeyFrame]) -> list[KeyFrame]:
        """All of them, given those of the present."""
        return [*(frame for frame in present if frame.step <= self.shared), *self.frames]


NONE_LEFT: Mapping[str, LeftLine] = MappingProxyType({})
"""No branch was ever abandoned."""


def most_told(branches: int) -> int:
    """How many marks, and how many changes of controls, are told of each of so many branches."""
    return max(LEAST_TOLD, MOST_TOLD // max(1, branches))


def thin(
    branches: Sequence[list[KeyFrame]],
    most_bytes: int,
    most: int = MOST_LEFT,
    beside: Iterable[KeyFrame] = (),
) -> None:
    """Drops key frames of ``branches``, the oldest of which comes first, until ``most`` are left, and they and those
    ``beside`` them take ``most_bytes`` of pictures and annotations.

    A picture in several frames counts once. The branch with the most frames loses the one whose neighbours lie closest
    together, so that all branches keep some; of each branch, the last stays longest.
    """
    kept = sum(map(len, branches))
    taken = size_of(beside, *branches)
    while kept and (kept > most or taken.characters > most_bytes):
        longest = max(branches, key=len)
        chosen = slice(1, -1, 2)
        if len(longest) <= MANY:
            places = [on_scale(frame.step) for frame in longest]
            index = least_missed(places, range(1, len(places) - 1)) if len(places) > 2 else 0
            chosen = slice(index, index + 1)
        for frame in longest[chosen]:
            taken.drop(frame)
            kept -= 1
        del longest[chosen]
