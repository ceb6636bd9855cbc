"""Abandoned branches in replay documents: pictures, controls and marks, all the way to their ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..metrics.bests import Best
from ..metrics.timeline import Mark
from .control_history import Change, Key, changes_along
from .key_frames import KeyFrame
from .left_frames import LeftLine, most_told, thin


class LeftWay(NamedTuple):
    """A branch in a document: it goes with the present up to step ``shared``, then on its own to step ``last``.

    Attributes:
        name: That of its ghost.
        shared: The last step that it has in common with the present, -1 if there is none.
        last: The step of its end.
        before: The present's frame at or before ``shared``, if there is one.
        frames: Its key frames after ``shared``; at least one.
        changes: What its controls were changed to after ``shared``.
        marks: What happened in it, as a `LeftLine` has it.
        bests: The best values on the whole way, by scalar.

    """

    name: str
    shared: int
    last: int
    before: KeyFrame | None
    frames: list[KeyFrame]
    changes: list[Change]
    marks: Sequence[Mark]
    bests: Mapping[str, Best]


def ways(
    left: Mapping[str, LeftLine],
    present: Sequence[KeyFrame],
    begun: Mapping[Key, Any],
    changes: Sequence[Change],
    most: int,
    most_bytes: int,
) -> list[LeftWay]:
    """The branches of ``left`` of which there are pictures, beside the frames and ``changes`` of the ``present``.

    Controls were as in ``begun`` at the beginning. The branches have at most ``most`` frames in all, and with those of
    the present ``most_bytes`` of pictures and annotations.
    """
    kept = [list(line.frames) for line in left.values()]
    thin(kept, most_bytes, most, beside=present)
    pictured = [(name, line, frames) for (name, line), frames in zip(left.items(), kept, strict=True) if frames]
    found = changes_along([(frames, _at(line.shared, begun, changes)) for _, line, frames in pictured])
    told = most_told(len(pictured))
    return [
        LeftWay(
            name,
            line.shared,
            line.last,
            _last(present, line.shared),
            frames,
            changed,
            line.marks[-told:],
            line.bests,
        )
        for (name, line, frames), changed in zip(pictured, found, strict=True)
    ]


def _at(step: int, begun: Mapping[Key, Any], changes: Sequence[Change]) -> dict[Key, Any]:
    """What controls showed at ``step`` of the present."""
    return {**begun, **{(one.panel, one.control): one.value for one in changes if one.step <= step}}


def _last(frames: Sequence[KeyFrame], step: int) -> KeyFrame | None:
    """The last of ``frames`` at or before ``step``."""
    return next((frame for frame in reversed(frames) if frame.step <= step), None)
