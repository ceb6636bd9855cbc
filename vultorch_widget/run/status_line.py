"""The numbers of the status line."""

from __future__ import annotations

import time

from ..basics.rates import Rate
from ..metrics import Metrics
from ..offscreen.offscreen import Offscreen
from ..pages.canvas_pictures import CanvasPictures
from ..pages.channel import Channel
from ..pages.pacing import Pacer
from ..protocol.messages import RecordingStatus, State, Status
from ..render.renderer import Renderer
from ..transfer.downloads import Downloads
from ..tree.view_tree import Tree
from .frames import Frames
from .states import Standing


class StatusBoard:
    """Collects a `Status` from the parts of a view."""

    def __init__(
        self,
        tree: Tree,
        standing: Standing,
        frames: Frames,
        metrics: Metrics,
        pacer: Pacer,
        channel: Channel,
        pictures: CanvasPictures,
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
        self._steps = Rate()

    def restart(self) -> None:
        """Restarts the measurement of the step rate, as after a pause."""
        self._steps.restart()

    @property
    def state(self) -> State:
        """The state of the run."""
        return self.standing.state

    def status(self) -> Status:
        """Returns the current status."""
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
            began=round(self._metrics.began, 1),
        )

    @property
    def backend(self) -> str:
        """Compositor, device and encoder that make the pictures."""
        renderer = self._renderer
        line = "input on the pictures' comm" if self._channel.one_comm else ""
        encoder = self._pictures.encoder.name(renderer.jpeg_library)
        return " · ".join(filter(None, [renderer.name, encoder, line]))

    @property
    def _renderer(self) -> Renderer:
        """The renderer of the pages, or that of the replay if no page has opened."""
        renderer = self._pictures.renderer
        return renderer if renderer.name else self._offscreen.renderer

    def _films(self) -> tuple[RecordingStatus, ...]:
        """Returns the state of the newest film of each subject."""
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
            for subject, film in self._offscreen.films.by_subject.items()
        )

    def _rates(self, state: State, now: float) -> tuple[float, float, float]:
        """Returns rates per second of logged steps, callbacks and pictures painted by a page; 0 unless running."""
        if state != "running":
            return 0.0, 0.0, 0.0
        self._steps.note(now, self._metrics.iteration)
        return _rounded(self._steps.read(now)), _rounded(self._frames.rate), _rounded(self._pacer.paints(now))


def _rounded(rate: float) -> float:
    """Rounds to the digits that a status line needs."""
    return round(rate, 1) if rate >= 1 else float(f"{rate:.2g}")
