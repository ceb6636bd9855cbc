"""The key frames of a run, in bounded number and size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..protocol.controls import Control
from .encoded_pictures import Blob
from .spacing import least_missed, on_scale, worth

Controls = Mapping[str, tuple[Control, ...]]
"""The controls that are shown, by panel."""


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """What was shown at ``step``: a picture of every canvas that had one, by its id, and the controls. At an ``event``
    something happened that should be seen.
    """

    step: int
    pictures: Mapping[str, Blob]
    controls: Controls = field(default_factory=dict)
    event: bool = False


class KeyFrames:
    """Key frames in the order of their steps: ``most`` of them, whose pictures take ``most_bytes`` of base64.

    The first and the newest are always there, whatever they take. Of the others those go first that show no event, and
    events only where they are more than half: those that go are the ones whose neighbours lie closest together.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self.most = most
        self.most_bytes = most_bytes
        self.frames: list[KeyFrame] = []
        self.bytes = 0
        self._places: list[float] = []
        self._full = False

    def __len__(self) -> int:
        return len(self.frames)

    def wants(self, step: int) -> bool:
        """Whether a key frame of ``step`` would stay for a while."""
        if not self.frames or not self._full or step < self.frames[-1].step:  # the run has begun again
            return True
        return worth(self._places, on_scale(step))

    def add(self, frame: KeyFrame) -> None:
        """Adds the newest frame, in place of the one before where that is of the same step. Raises ValueError for an
        earlier one.
        """
        if self.frames and frame.step < self.frames[-1].step:
            raise ValueError(f"key frames come in order: step {frame.step} after {self.frames[-1].step}")
        if self.frames and frame.step == self.frames[-1].step:
            frame = replace(frame, event=frame.event or self.frames[-1].event)
            self._drop(len(self.frames) - 1)
        self.frames.append(frame)
        self._places.append(on_scale(frame.step))
        self._thin()

    def limit(self, most_bytes: int) -> None:
        """Has the pictures take ``most_bytes`` from here on."""
        self.most_bytes = most_bytes
        self._thin()

    def _thin(self) -> None:
        self.bytes = size(self.frames)
        while len(self.frames) > 2 and (len(self.frames) > self.most or self.bytes > self.most_bytes):
            self._full = True
            self._drop(self._least_missed())
            self.bytes = size(self.frames)

    def _least_missed(self) -> int:
        """The index of the frame to give up, neither the first nor the last."""
        inner = range(1, len(self.frames) - 1)
        events = [index for index in inner if self.frames[index].event]
        others = [index for index in inner if not self.frames[index].event]
        return least_missed(self._places, events if len(events) > len(others) else others)

    def _drop(self, index: int) -> None:
        del self.frames[index], self._places[index]

    def clear(self) -> None:
        """Forgets every frame."""
        self.frames.clear()
        self._places.clear()
        self.bytes = 0
        self._full = False


def size(frames: Iterable[KeyFrame]) -> int:
    """Characters of base64 of the pictures of ``frames``, each counted once."""
    blobs = {id(blob): blob for frame in frames for blob in frame.pictures.values()}
    return sum(len(blob.data) for blob in blobs.values())
