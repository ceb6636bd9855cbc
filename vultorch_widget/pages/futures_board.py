"""What pages are told about an exploration of futures: its progress, and the result of each future once."""

from __future__ import annotations

import base64
from typing import Literal

from ..metrics.ghosts import Ghost
from ..protocol.messages import Exploration, ExploreRefused, FuturePicture, FutureShown, GhostCurve
from ..replay.key_frames import KeyFrame

Told = tuple[Exploration | FutureShown | ExploreRefused, list[bytes]]


class FuturesBoard:
    """The exploration that pages show, and how much of it they know. Runs on the owner's thread."""

    def __init__(self) -> None:
        self.runs = 0  # explorations so far
        self._exploration: Exploration | None = None
        self._shown: list[Told] = []
        self._refusals: list[Told] = []
        self._told = True
        self._told_shown = 0

    def begin(self) -> int:
        """Forgets the previous exploration. Returns the number of the new one."""
        self.runs += 1
        self._shown, self._told_shown = [], 0
        return self.runs

    def put(self, exploration: Exploration) -> None:
        """Updates its progress."""
        if exploration != self._exploration:
            self._exploration, self._told = exploration, False

    def add(self, future: int, frame: KeyFrame | None, curves: list[Ghost]) -> None:
        """Adds the result of a future: its last pictures, and its curves."""
        buffers: list[bytes] = []
        pictures = []
        for canvas, blob in ({} if frame is None else frame.pictures).items():
            kind: Literal["png", "jpeg"] = "png" if blob.format == "png" else "jpeg"
            pictures.append(FuturePicture(canvas=canvas, format=kind, buffer=len(buffers)))
            buffers.append(base64.b64decode(blob.data))
        rows = []
        for curve in curves:
            rows.append(GhostCurve(branch=curve.branch, series=curve.series, buffer=len(buffers)))
            buffers.append(curve.rows())
        self._shown.append(
            (FutureShown(run=self.runs, future=future, pictures=tuple(pictures), curves=tuple(rows)), buffers)
        )

    def refuse(self, client: str, said: str) -> None:
        """Tells one page why nothing was started."""
        self._refusals.append((ExploreRefused(client=client, said=said), []))

    def dismiss(self) -> None:
        """Stops pages from showing it."""
        if self._exploration is not None:
            self.put(self._exploration.replace(state="dismissed"))
        self._shown, self._told_shown = [], 0

    def forget_sent(self) -> None:
        """Marks nothing as sent, because a new page knows nothing yet."""
        self._told, self._told_shown = self._exploration is None, 0

    def news(self) -> list[Told]:
        """Returns the messages that pages lack, each with its buffers."""
        found, self._refusals = self._refusals, []
        if not self._told and self._exploration is not None:
            self._told = True
            found.append((self._exploration, []))
        found += self._shown[self._told_shown :]
        self._told_shown = len(self._shown)
        return found
