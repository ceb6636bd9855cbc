"""The key frames of a run, in bounded number and size."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from ..basics.spacing import least_missed, next_worth, on_scale
from ..protocol.controls import Control
from ..protocol.messages import Marks
from .encoded_pictures import Blob

Controls = Mapping[str, tuple[Control, ...]]
"""The visible controls, by panel."""
Annotations = Mapping[str, tuple[Marks, ...]]
"""What is drawn over the pictures of each canvas, by canvas id. Canvases without marks are left out."""


class KeyFrame(NamedTuple):
    """What was shown at ``step``: the picture of each canvas, by canvas id, the controls, and what was drawn over it.

    With labels, also the layers that a player needs to hide some of them; see `annotations.layers`.

    ``event`` marks a frame at which something happened that the replay should show.
    """

    step: int
    pictures: Mapping[str, Blob]
    controls: Controls = MappingProxyType({})
    event: bool = False
    annotations: Annotations = MappingProxyType({})


class KeyFrames:
    """At most ``most`` key frames in the order of their steps. Their pictures and annotations take at most
    ``most_bytes`` of text.

    A picture in several frames counts once. The first and the newest frame are always kept, whatever their size.
    When others have to go, frames without an event go first, unless events are more than half. Among them, the frame
    whose neighbours lie closest together goes.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self.most = most
        self.most_bytes = most_bytes
        self.frames: list[KeyFrame] = []
        self.version = 0  # increases with every change of `frames`
        self.run = 1  # increases when all of them are dropped
        self._taken = SharedSize()
        self._places: list[float] = []
        self._full = False
        self._next = 0.0  # the step from which one more would be kept for a while

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def bytes(self) -> int:
        """Characters that their pictures and annotations take."""
        return self._taken.characters

    def wants(self, step: int) -> bool:
        """True if a key frame of ``step`` would be kept for a while."""
        return step >= self._next or step < self.frames[-1].step  # the latter is a new run

    def add(self, frame: KeyFrame) -> None:
        """Adds the newest frame. It replaces a frame of the same step.

        Raises ValueError for a frame of an earlier step.
        """
        if self.frames and frame.step < self.frames[-1].step:
            raise ValueError(f"key frames come in order: step {frame.step} after {self.frames[-1].step}")
        if self.frames and frame.step == self.frames[-1].step:
            frame = frame._replace(event=frame.event or self.frames[-1].event)
            self._drop(len(self.frames) - 1)
        self.version += 1
        self.frames.append(frame)
        self._places.append(on_scale(frame.step))
        self._taken.add(frame)
        self._thin()

    def limit(self, most_bytes: int) -> None:
        """From now on, limits the pictures to ``most_bytes``."""
        self.most_bytes = most_bytes
        self._thin()

    def _thin(self) -> None:
        while len(self.frames) > 2 and (len(self.frames) > self.most or self.bytes > self.most_bytes):
            self._full = True
            self._drop(_least_missed(self.frames, self._places))
        self._next = next_worth(self._places) if self._full else 0.0

    def until(self, last: KeyFrame) -> list[KeyFrame]:
        """All frames with ``last`` at the end, in the place of one of its step: no more than `most`."""
        frames = list(self.frames)
        if frames and frames[-1].step == last.step:
            frames.pop()
        frames.append(last)
        if len(frames) > self.most:
            del frames[_least_missed(frames, [on_scale(frame.step) for frame in frames])]
        return frames

    def _drop(self, index: int) -> None:
        self._taken.drop(self.frames[index])
        self.version += 1
        del self.frames[index], self._places[index]

    def replace(self, frames: Iterable[KeyFrame]) -> None:
        """Replaces all frames."""
        full = self._full
        self.clear()
        for frame in frames:
            self.add(frame)
        self._full = self._full or full
        self._thin()

    def clear(self) -> None:
        """Drops all frames, because a new run begins."""
        self.version += 1
        self.frames.clear()
        self.run += 1
        self._taken = SharedSize()
        self._places.clear()
        self._full = False
        self._next = 0.0


def _least_missed(frames: Sequence[KeyFrame], places: Sequence[float]) -> int:
    """The index of the frame to drop, by the ``places`` of all: never the first or the last."""
    inner = range(1, len(frames) - 1)
    events = [index for index in inner if frames[index].event]
    others = [index for index in inner if not frames[index].event]
    return least_missed(places, events if len(events) > len(others) else others)


class SharedSize:
    """The ``characters`` that pictures and annotations of several frames take. Shared ones count once."""

    def __init__(self) -> None:
        self.characters = 0
        self._uses: Counter[int] = Counter()  # how many frames have a part, by the part's id

    def add(self, frame: KeyFrame) -> None:
        """Counts ``frame``."""
        for part, characters in parts(frame):
            self._uses[part] += 1
            if self._uses[part] == 1:
                self.characters += characters

    def drop(self, frame: KeyFrame) -> None:
        """Stops counting ``frame``."""
        for part, characters in parts(frame):
            self._uses[part] -= 1
            if not self._uses[part]:
                del self._uses[part]
                self.characters -= characters


def size_of(*lines: Iterable[KeyFrame]) -> SharedSize:
    """The size of all frames in some ``lines``."""
    taken = SharedSize()
    for frame in itertools.chain(*lines):
        taken.add(frame)
    return taken


def size(frame: KeyFrame) -> int:
    """Total characters of the pictures and annotations of ``frame``."""
    return sum(characters for _, characters in parts(frame))


def parts(frame: KeyFrame) -> Iterator[tuple[int, int]]:
    """The identity and the characters of each picture and of what is drawn over each."""
    for blob in frame.pictures.values():
        yield id(blob), len(blob.data)
    for marks in frame.annotations.values():
        yield id(marks), _characters(marks)


def _characters(pictures: Iterable[Marks]) -> int:
    """Approximate number of characters that ``pictures`` take in a document."""
    return sum(
        160
        + len(marks.caption)
        + 8 * (len(marks.boxes) + len(marks.points))
        + sum(12 + len(text) for text in (*marks.box_texts, *marks.point_texts))
        for marks in pictures
    )
