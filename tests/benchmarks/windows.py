"""Stretches of time in which the work runs bare, or under the view, one after another in one kernel."""

from __future__ import annotations

import asyncio
import gc
import json
import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import vultorch_widget as vultorch

from .rival import Minimal
from .work import Work

SETTLE = 0.6
"""Seconds after a pause until the page has its last picture and has reported it."""


@dataclass(frozen=True)
class Window:
    """A stretch to run. Its first ``warm`` seconds do not count. With ``max_fps`` 0 the bare loop runs, or the minimal
    widget if that is the ``kind``.
    """

    kind: str
    seconds: float
    warm: float
    max_fps: float = 0.0


@dataclass(frozen=True)
class Measured:
    """The result of a stretch. ``began`` and ``ended`` are seconds since the epoch, at the ends of ticks."""

    kind: str
    began: float
    ended: float
    ticks: int
    composed: int
    messages: int
    sent_bytes: int

    @property
    def rate(self) -> float:
        """Ticks a second."""
        return self.ticks / (self.ended - self.began)


def start(
    view: vultorch.View, work: Work, windows: Sequence[Window], results: Path, rival: Minimal | None = None
) -> asyncio.Task[None]:
    """Makes the kernel's loop run ``windows`` from now on. Errors are written beside ``results``."""

    def ended(task: asyncio.Task[None]) -> None:
        if (error := task.exception()) is not None:
            results.with_suffix(".error").write_text("".join(traceback.format_exception(error)))

    task = asyncio.create_task(Runner(view, work, rival).run(windows, results))
    task.add_done_callback(ended)
    return task


class Runner:
    """Runs windows of ``work``: the bare ones in a plain loop, the others through ``view``, which is running."""

    def __init__(self, view: vultorch.View, work: Work, rival: Minimal | None = None) -> None:
        self._view = view
        self._work = work
        self._rival = rival

    async def run(self, windows: Sequence[Window], results: Path) -> None:
        """Runs them in order, then writes their results, and when each frame was ready, as JSON."""
        self._view.pause()
        await asyncio.sleep(SETTLE)
        measured = []
        for window in windows:
            gc.collect()
            if window.kind == "minimal":
                measured.append(await self._minimal(window))
            else:
                measured.append(await self._shown(window) if window.max_fps else self._bare(window))
        content = {"windows": [asdict(m) for m in measured], "ready": self._work.ready}
        partial = results.with_suffix(".partial")
        partial.write_text(json.dumps(content))
        partial.rename(results)

    def _bare(self, window: Window) -> Measured:
        self._loop(window.warm)
        before = self._counts()
        self._loop(window.seconds)
        return self._since(before, window.kind)

    def _loop(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._work.tick()

    async def _shown(self, window: Window) -> Measured:
        self._view._parts.pacer.max_fps = window.max_fps
        self._view.resume()
        await asyncio.sleep(window.warm)
        before = self._counts()
        await asyncio.sleep(window.seconds)
        measured = self._since(before, window.kind)
        self._view.pause()
        await asyncio.sleep(SETTLE)
        return measured

    async def _minimal(self, window: Window) -> Measured:
        assert self._rival is not None
        await self._rival.run(self._work, window.warm)
        before = self._counts()
        await self._rival.run(self._work, window.seconds)
        measured = self._since(before, window.kind)
        await asyncio.sleep(SETTLE)
        return measured

    def _counts(self) -> tuple[float, int, int, int, int]:
        parts = self._view._parts
        work, channel = self._work, parts.channel
        return work.ready[-1], work.ticks, parts.pictures.composed, channel.messages, channel.sent_bytes

    def _since(self, before: tuple[float, int, int, int, int], kind: str) -> Measured:
        began, *counts = before
        ended, *later = self._counts()
        return Measured(kind, began, ended, *(b - a for a, b in zip(counts, later, strict=True)))


def interleaved(shown: Sequence[Window], *, rounds: int, seconds: float, warm: float) -> list[Window]:
    """Each of ``shown`` between two bare windows, ``rounds`` times: bare, shown, bare, shown, ..., bare."""
    bare = Window("bare", seconds, warm)
    return [bare, *(window for _ in range(rounds) for each in shown for window in (each, bare))]
