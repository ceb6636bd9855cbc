"""The recorder's key frames, for pages that look back while the run goes on. Nothing extra is stored for them."""

from __future__ import annotations

import base64
from bisect import bisect_right
from collections.abc import Iterable

from ..controls.labels import visible_label
from ..controls.value_text import value_text
from ..protocol.messages import (
    Annotations,
    BestValue,
    BranchBest,
    BranchSteps,
    ControlMove,
    ControlsPatch,
    FetchMoment,
    KeyFrameSteps,
    Moment,
    MomentPicture,
    StepMark,
)
from ..replay.builder import ReplayBuilder
from ..replay.control_history import Change, settled
from ..replay.key_frames import KeyFrame
from ..replay.left_frames import NONE_LEFT, LeftLine, most_told

NOTHING = -1
"""The step of a moment when nothing is recorded."""
MOST_MOVES = 200
"""Maximum changes of controls that pages are told about."""
MOST_TEXT = 40
"""Maximum characters of a text that a control was set to."""


class Moments:
    """What pages know of the key frames of ``builder``, what they showed, and which controls were changed."""

    def __init__(self, builder: ReplayBuilder) -> None:
        self._builder = builder
        self._key_frames = builder.key_frames
        self._changes = builder.changes
        self._told_left = NONE_LEFT  # the branches that the pages know
        self._told_changes = 0  # the version that the pages know
        self._told_version = 0  # the version of the key frames that the pages know
        self._told: tuple[int, frozenset[int]] | None = None  # the run, and the steps of its key frames

    def forget_sent(self) -> None:
        """Marks nothing as sent, because a new page knows nothing yet."""
        self._told_version, self._told = 0, None
        self._told_changes = 0
        self._told_left = NONE_LEFT

    def news(self) -> KeyFrameSteps | None:
        """Returns which key frames were taken and dropped since the last call, and the branches if there are new ones.

        Returns None if nothing has changed. Call it on the owner's thread.
        """
        kept, left = self._key_frames, self._builder.left
        if kept.version == self._told_version and left is self._told_left:
            return None
        branches = None
        if left is not self._told_left:
            self._told_left = left
            told = most_told(len(left))
            branches = tuple(_branch(name, line, told) for name, line in left.items())
        now = frozenset(frame.step for frame in kept.frames)
        whole = self._told is None or self._told[0] != kept.run
        before = frozenset() if whole or self._told is None else self._told[1]
        self._told_version, self._told = kept.version, (kept.run, now)
        taken, dropped = tuple(sorted(now - before)), tuple(sorted(before - now))
        return KeyFrameSteps(run=kept.run, whole=whole, taken=taken, dropped=dropped, branches=branches)

    def moves(self) -> tuple[ControlMove, ...] | None:
        """Returns which controls were changed when, if that has changed since the last call. Call it on the owner's
        thread.
        """
        if self._changes.version == self._told_changes:
            return None
        self._told_changes = self._changes.version
        return _moves(self._changes.settled(MOST_MOVES))

    def answer(self, message: FetchMoment) -> tuple[Moment, list[bytes]]:
        """Returns the key frame at or before the wanted step, or the first, and its picture files. Any thread.

        A picture that the page has from another moment is named by that instead.
        """
        run, frames = self._read(message.branch)
        if not frames:
            nothing = Moment(
                client=message.client,
                run=run,
                step=NOTHING,
                pictures=(),
                annotations=(),
                controls=(),
                branch=message.branch,
            )
            return nothing, []
        frame = frames[max(0, bisect_right(frames, message.step, key=lambda frame: frame.step) - 1)]
        had = set(message.have)
        known = [other for other in frames if other.step in had]
        buffers: list[bytes] = []
        pictures = tuple(self._picture(canvas, frame, known, buffers) for canvas in frame.pictures)
        moment = Moment(
            client=message.client,
            run=run,
            step=frame.step,
            pictures=pictures,
            annotations=tuple(
                Annotations(canvas=canvas, pictures=marks) for canvas, marks in frame.annotations.items()
            ),
            controls=tuple(
                ControlsPatch(panel=panel, changed=specs, order=None) for panel, specs in frame.controls.items()
            ),
            branch=message.branch,
        )
        return moment, buffers

    def _read(self, branch: str) -> tuple[int, list[KeyFrame]]:
        """The run and the key frames on the way to the end of ``branch``, or to the present if it is empty.

        They are consistent, although the owner may start a new run meanwhile.
        """
        while True:
            run, left = self._key_frames.run, self._builder.left
            frames = list(self._key_frames.frames)
            if run != self._key_frames.run:
                continue
            if branch:
                line = left.get(branch)
                frames = [] if line is None else line.along(frames)
            return run, frames

    @staticmethod
    def _picture(canvas: str, frame: KeyFrame, known: list[KeyFrame], buffers: list[bytes]) -> MomentPicture:
        blob = frame.pictures[canvas]
        like = next((other.step for other in known if other.pictures.get(canvas) is blob), NOTHING)
        if like == NOTHING:
            buffers.append(base64.b64decode(blob.data))
        return MomentPicture(
            canvas=canvas,
            format="png" if blob.format == "png" else "jpeg",
            lossless=blob.lossless,
            buffer=len(buffers) - 1 if like == NOTHING else -1,
            like=like,
        )


def _branch(name: str, line: LeftLine, most: int) -> BranchSteps:
    """What pages are told of a branch that was left: of marks and changes of controls, the newest ``most``."""
    return BranchSteps(
        name=name,
        shared=line.shared,
        steps=tuple(frame.step for frame in line.frames),
        last=line.last,
        marks=tuple(StepMark(**mark._asdict()) for mark in line.marks[-most:]),
        moves=_moves(settled(line.changes, min(most, MOST_MOVES))),
        bests=tuple(BranchBest(series=series, best=BestValue(**best._asdict())) for series, best in line.bests.items()),
    )


def _moves(changes: Iterable[Change]) -> tuple[ControlMove, ...]:
    return tuple(
        ControlMove(step=change.step, text=f"{visible_label(change.control)} {value_text(change.value, MOST_TEXT)}")
        for change in changes
    )
