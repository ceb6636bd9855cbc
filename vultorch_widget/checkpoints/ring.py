"""Checkpoints in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..basics.spacing import least_missed, next_worth, on_scale
from .training_state import Checkpoint

MOST = 256
"""Maximum checkpoints of a view, whatever their size. Anything between two of them is recomputed on demand."""


class Point(NamedTuple):
    """A moment between two frames: the number of frames so far, the last logged step, and the last step of every
    scalar.
    """

    frame: int
    iteration: int
    steps: Mapping[str, int]


class Kept(NamedTuple):
    """A checkpoint, its branch, and when it was taken."""

    branch: str
    point: Point
    checkpoint: Checkpoint

    @property
    def frame(self) -> int:
        """The number of frames that had ended."""
        return self.point.frame


class Ring:
    """At most ``most`` checkpoints, which take at most ``most_bytes`` together.

    If one has to go, it is the one whose neighbours in its branch are closest together on the scale of `spacing`. The
    first and the last of a branch stay as long as there is another to drop; then those of the oldest branch go. The
    newest of all always stays.

    Attributes:
        line: The branches that lead to the present, and the last frame that counts in each; the present one is last.

    """

    def __init__(self, most_bytes: int, most: int = MOST) -> None:
        self.most_bytes = most_bytes
        self.most = most
        self.bytes = 0
        self.line: list[tuple[str, float]] = []
        self._kept: list[Kept] = []  # in the order in which they were taken
        self._full = False
        self._next = 0.0

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Kept]:
        """All checkpoints, in the order in which they were taken."""
        return iter(self._kept)

    def of(self, branch: str) -> list[Kept]:
        """The checkpoints of a branch, in the order of their frames."""
        return [kept for kept in self._kept if kept.branch == branch]

    def along(self, line: list[tuple[str, float]]) -> list[Kept]:
        """The checkpoints on the way to the present of ``line``, in the order of their frames."""
        return [kept for branch, last in line for kept in self.of(branch) if kept.frame <= last]

    def wants(self, frame: int) -> bool:
        """True if a checkpoint of ``frame`` would be kept for a while."""
        return frame >= self._next

    def add(self, kept: Kept) -> None:
        """Adds a checkpoint. It replaces one of the same frame and branch."""
        self.drop([other for other in self.of(kept.branch) if other.frame == kept.frame])
        self._kept.append(kept)
        self.bytes += kept.checkpoint.bytes
        self.make_room(0)

    def make_room(self, needed: int) -> None:
        """Drops checkpoints until ``needed`` more bytes fit, or one is left."""
        while len(self._kept) > 1 and (len(self._kept) > self.most or self.bytes + needed > self.most_bytes):
            self._full = True
            self.drop([self._least_missed()])
        self.space_out()

    def drop(self, gone: list[Kept]) -> None:
        """Drops these checkpoints."""
        for kept in gone:
            self._kept = [other for other in self._kept if other is not kept]
            self.bytes -= kept.checkpoint.bytes

    def space_out(self) -> None:
        """Finds the frame from which a new checkpoint would be kept for a while. Call it after a change of `line`."""
        places = [on_scale(kept.frame) for kept in self.along(self.line)]
        self._next = next_worth(places) if self._full else 0.0

    def clear(self) -> None:
        """Drops all checkpoints."""
        self._kept.clear()
        self.bytes = 0
        self._full = False
        self._next = 0.0

    def _least_missed(self) -> Kept:
        branches = {kept.branch: self.of(kept.branch) for kept in self._kept}
        longest = max(branches.values(), key=len)
        if len(longest) > 2:
            places = [on_scale(kept.frame) for kept in longest]
            return longest[least_missed(places, range(1, len(longest) - 1))]
        return self._kept[0]
