"""What pages are told about the branches of a run: curves, pictures, checkpoints and marks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from ..checkpoints import Kept, Ring
from ..metrics.timeline import Mark
from ..replay.control_history import Change
from ..replay.key_frames import KeyFrame
from ..replay.left_frames import LeftLine
from .branches import Branch
from .session import Session


class ShownBranches:
    """Hands abandoned branches to the chart and the replay, and the present's marks to the time line."""

    def __init__(self, session: Session, ring: Ring) -> None:
        self._session = session
        self._ring = ring
        self._beside = frozenset[tuple[str, int]]()  # the checkpoints of abandoned branches that pages know of

    def put(self, branches: Sequence[Branch], present: Branch) -> None:
        """Shows the curves, the pictures and the marks of the abandoned ``branches``."""
        line = {id(branch) for branch, _ in present.line()}
        curves, runs = [], []
        for branch in branches:
            left_at = present.leaves(branch) if id(branch) in line else branch.fork
            if id(branch) not in line and branch.parent is None:
                left_at = branch.fork._replace(steps={})
            curves += list(branch.ghosts(left_at))
            runs.append(branch.run())
        self._session.metrics.ghosts.put(curves, runs)
        self._put_lines(branches, present)

    def follow(self, branches: Sequence[Branch], present: Branch) -> None:
        """Shows what has changed with a new checkpoint: others may have made room for it."""
        if self._kept_beside(present) != self._beside:
            self._put_lines(branches, present)

    def mark(self, present: Branch) -> None:
        """Puts the checkpoints and forks that lead to the present on the time line."""
        timeline, step_of = self._session.metrics.timeline, self._session.step_of
        timeline.put("checkpoint", [(step_of(one.point), "") for one in self._along(present)])
        forks = [(step_of(one.fork), one.name) for one, _ in present.line() if one.parent is not None]
        timeline.put("branch", forks)

    def _along(self, branch: Branch) -> list[Kept]:
        """The checkpoints on the way to ``branch``."""
        return self._ring.along([(one.name, last) for one, last in branch.line()])

    def _kept_beside(self, present: Branch) -> frozenset[tuple[str, int]]:
        """The checkpoints that do not lead to the present: their branches and frames."""
        along = {id(kept) for kept in self._along(present)}
        return frozenset((kept.branch, kept.frame) for kept in self._ring if id(kept) not in along)

    def _put_lines(self, branches: Sequence[Branch], present: Branch) -> None:
        self._beside = self._kept_beside(present)
        self._session.replay.builder.left = {branch.name: self._line(branch, present) for branch in branches}

    def _line(self, branch: Branch, present: Branch) -> LeftLine:
        """The key frames on the way to the end of an abandoned branch, and what happened there."""
        assert branch.end is not None
        step_of = self._session.step_of
        here, line = {id(one) for one, _ in present.line()}, branch.line()
        shared, frames, changes = -1, list[KeyFrame](), list[Change]()
        for (one, _), after in itertools.zip_longest(line, line[1:]):
            last = math.inf if after is None else step_of(after[0].fork)
            if id(one) in here:
                until = math.inf if one is present else step_of(present.leaves(one))
                shared = int(min(last, until))
            frames += [frame for frame in one.frames if shared < frame.step <= last]
            changes += [change for change in one.changes if shared < change.step <= last]
        marks = self._marks(branch, shared)
        return LeftLine(shared, step_of(branch.end), tuple(frames), marks, tuple(changes), branch.bests)

    def _marks(self, branch: Branch, shared: int) -> tuple[Mark, ...]:
        """What happened on the way to the end of a branch after step ``shared``, up to which the present has the same.

        Where the branch left the present itself, only it has the mark of that.
        """
        step_of = self._session.step_of
        marks = [
            *branch.marks,
            *(Mark(step_of(one.point), "checkpoint", "") for one in self._along(branch)),
            *(Mark(step_of(one.fork), "branch", one.name) for one, _ in branch.line() if one.parent is not None),
        ]
        own = [one for one in marks if one.step > shared or (one.step == shared and one.kind == "branch")]
        return tuple(sorted(own, key=lambda mark: mark.step))
