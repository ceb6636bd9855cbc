"""The numbers of the status line, read from the parts that know them."""

from __future__ import annotations

import time
from collections import deque

from ..metrics import Metrics
from ..offscreen.offscreen import Offscreen
from ..pages.canvas_pictures import Stage
from ..pages.channel import Channel
from ..pages.pacing import Pacer
from ..protocol.messages import RecordingStatus, State, Status
from ..render.renderer import Renderer
from ..transfer.downloads import Downloads
from ..tree.view_tree import Tree
from .frames import Frames
from .states import Standing

WINDOW = 2.0
"""Seconds over which rates are averaged, where what is counted is not rarer than that."""


class _Pace:
    """How fast a count goes up, from looks at it now and then."""

    def __init__(self) -> None:
        self._changes: deque[tuple[float, int]] = deque()  # when another count was seen, and it

    def read(self, now: float, count: int) -> float:
        """Counts a second, ``count`` being that of ``now`` in seconds; 0 before there are two."""
        changes = self._changes
        if not changes or count != changes[-1][1]:
            if changes and (count < changes[-1][1] or self._silent(now)):  # a reset, or a pause: that was no interval
                changes.clear()
            changes.append((now, count))
        while len(changes) > 2 and now - changes[1][0] > WINDOW:
            changes.popleft()
        if len(changes) < 2 or self._silent(now):
            return 0.0
        (first, before), (last, after) = changes[0], changes[-1]
        rate = (after - before) / max(last - first, 1e-9)
        return round(rate, 1) if rate >= 1 else float(f"{rate:.2g}")

    def _silent(self, now: float) -> bool:
        """Whether nothing has changed for three usual intervals, and for longer than the window."""
        (first, _), (last, _) = self._changes[0], self._changes[-1]
        usual = (last - first) / max(1, len(self._changes) - 1)
        return len(self._changes) > 1 and now - last > max(WINDOW, 3 * usual)


class StatusBoard:
    """Reads a `Status` off the parts of a view."""

    def __init__(
        self,
        tree: Tree,
        standing: Standing,
        frames: Frames,
        metrics: Metrics,
        pacer: Pacer,
        channel: Channel,
        pictures: Stage,
        offscreen: Offscreen,
        downloads: Downloads,
    ) -> None:
        self._tree = tree
        self.standing = standing
        self._frames = frames
        self._metrics = metrics
        self._pacer = pacer
        self._channel = channel
        self._pictures = pictures
        self._offscreen = offscreen
        self._downloads = downloads
        self._paces = _Pace(), _Pace(), _Pace()  # of the iterations, of the frames and of the painted pictures

    def restart(self) -> None:
        """Has rates begin anew, as after a pause."""
        self._paces = _Pace(), _Pace(), _Pace()  # others: the owner may be reading, and a pause comes from any thread

    def status(self) -> Status:
        """The status now."""
        state, failure = self.standing.both
        now = time.monotonic()
        steps, ticks, shown = self._rates(state, now)
        latency = self._pacer.latency(now)
        return Status(
            state=state,
            iteration=self._metrics.iteration,
            frame=self._frames.count,
            seconds=round(self._frames.seconds, 1),
            steps_per_second=steps,
            ticks_per_second=ticks,
            shown_per_second=shown,
            latency_ms=None if latency is None else round(latency * 1000, 1),
            tick_rate=self._frames.tick_rate,
            can_reset=self._tree.on_reset is not None,
            backend=self.backend,
            backend_detail=self._renderer.detail,
            failure=failure,
            recordings=self._films(),
        )

    @property
    def backend(self) -> str:
        """What makes the pictures: compositor, device and encoder."""
        renderer = self._renderer
        line = "input on the pictures' comm" if self._channel.one_comm else ""
        encoder = self._pictures.encoder.name(renderer.jpeg_library)
        return " · ".join(filter(None, [renderer.name, encoder, line]))

    @property
    def _renderer(self) -> Renderer:
        """The one for the pages, or the replay's where no page has been there."""
        renderer = self._pictures.renderer
        return renderer if renderer.name else self._offscreen.renderer

    def _films(self) -> tuple[RecordingStatus, ...]:
        """How films stand; the newest of each subject."""
        return tuple(
            RecordingStatus(
                subject=subject,
                path=str(film.path),
                state=film.state,
                frames=film.frames,
                seconds=round(film.seconds, 1),
                bytes=film.bytes,
                token=self._downloads.offer(film.path) if film.state == "saved" else "",
            )
            for subject, film in self._offscreen.films.films.items()
        )

    def _rates(self, state: State, now: float) -> tuple[float, float, float]:
        """Logged steps, callbacks, and pictures that a page painted, a second; 0 unless running."""
        if state != "running":
            return 0.0, 0.0, 0.0
        steps, frames, pictures = self._paces
        return (
            steps.read(now, self._metrics.iteration),
            frames.read(now, self._frames.count),
            pictures.read(now, self._pacer.painted(now)),
        )
