"""A page in Python: speaks the protocol to a session as the browser does, without a browser."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

import vultorch_widget as vultorch
from vultorch_widget.protocol.messages import PROTOCOL_VERSION

WITH_BUFFERS = {
    "probed": "probed",
    "pins": "pins",
    "moment": "moments",
    "exploration": "futures",
    "future_shown": "futures",
    "explore_refused": "futures",
}
"""Where a page keeps messages that have buffers, by kind."""
ALONE = {"scene": "scenes", "timeline": "timelines", "measured": "answers", "offered": "answers"}
"""Where it keeps the others."""


@dataclass
class Page:
    """Attaches to a view; keeps what it was sent, newest last."""

    view: vultorch.View
    client: str = "page-1"
    scenes: list[dict[str, Any]] = field(default_factory=list)
    updates: list[tuple[dict[str, Any], list[bytes]]] = field(default_factory=list)
    probed: list[tuple[dict[str, Any], list[bytes]]] = field(default_factory=list)
    pins: list[tuple[dict[str, Any], list[bytes]]] = field(default_factory=list)
    timelines: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    moments: list[tuple[dict[str, Any], list[bytes]]] = field(default_factory=list)
    ghosts: list[dict[str, Any]] = field(default_factory=list)
    ghost_runs: list[dict[str, Any]] = field(default_factory=list)
    futures: list[tuple[dict[str, Any], list[bytes]]] = field(default_factory=list)
    seq: int = 0
    painted: int = 0

    def __post_init__(self) -> None:
        self.view._parts.publisher.attach(self._take)

    def _take(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        kind = content["kind"]
        if kind == "update":  # first, because figures of a frame's cost include it
            self.updates.append((content, buffers))
            if content["pictures"] or content["annotations"]:
                self.seq = content["seq"]
                self.painted += 1
        elif kind == "ghosts":
            self.ghosts, self.ghost_runs = content["curves"], content["runs"]
        elif kind in WITH_BUFFERS:
            getattr(self, WITH_BUFFERS[kind]).append((content, buffers))
        else:
            getattr(self, ALONE[kind]).append(content)

    def say(self, kind: str, **fields: Any) -> None:
        self.view._parts.hearing.receive({"kind": kind, "client": self.client, **fields})

    def open(self, room: tuple[int, int] = (256, 256)) -> Page:
        """Reports that it is ready, and has ``room`` device pixels for every existing canvas."""
        self.say("ready", protocol=PROTOCOL_VERSION)
        ids = [canvas.id for canvas in self.view._parts.tree.canvases()]
        self.say("resize", sizes=[{"canvas": name, "width": room[0], "height": room[1]} for name in ids])
        return self

    def report(self, *, visible: bool = True, resync: bool = False) -> None:
        painted = {"seq": self.seq, "age_ms": 0.0, "painted": self.painted, "next_ms": 250, "beat_ms": 0, "early_ms": 0}
        self.say("report", **painted, visible=visible, resync=resync)

    def set(self, panel: str, control: str, value: Any, revision: int = 1) -> None:
        self.say("set_control", panel=panel, control=control, value=value, revision=revision)

    def command(self, name: str, value: float = 0.0) -> None:
        self.say("command", name=name, value=value)

    @property
    def status(self) -> dict[str, Any]:
        """The newest status."""
        return next(content["status"] for content, _ in reversed(self.updates) if content["status"])

    def control(self, panel: str, control: str) -> dict[str, Any]:
        """The newest description of a control."""
        for content, _ in reversed(self.updates):
            for patch in content["controls"]:
                for spec in patch["changed"]:
                    if patch["panel"] == panel and spec["id"] == control:
                        return dict(spec)
        specs = next(p["controls"] for p in self.scenes[-1]["panels"] if p["id"] == panel)
        return dict(next(spec for spec in specs if spec["id"] == control))

    def pixels(self, canvas: str, *, lossless: bool | None = None) -> np.ndarray:
        """The newest picture of a canvas, decoded: (height, width, 3) uint8."""
        for update in reversed(self.updates):
            if (found := self.decoded(*update, canvas, lossless=lossless)) is not None:
                return found
        raise AssertionError(f"no picture of {canvas!r} was sent")

    @staticmethod
    def decoded(
        content: dict[str, Any], buffers: list[bytes], canvas: str, *, lossless: bool | None = None
    ) -> np.ndarray | None:
        """The picture of a canvas in one update, decoded: (height, width, 3) uint8. None if it has none."""
        for picture in content["pictures"]:
            if picture["canvas"] == canvas and lossless in (None, picture["lossless"]):
                return np.asarray(Image.open(io.BytesIO(buffers[picture["buffer"]])).convert("RGB"))
        return None
