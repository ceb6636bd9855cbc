"""Has a recorder see what a session shows, at moments that cost the run next to nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

from .codec.pixels import Pixels
from .metrics import Metrics
from .record import Outcome, Recorder, document
from .record.budget import Budget
from .record.keyframes import Controls
from .record.poster import poster
from .record.series import build
from .render.plan import Tile
from .renderer import Renderer, Rendering
from .stage import plan_all
from .tree import Tree

SHARE = 0.004
"""Part of the time of a run that may go to key frames."""
CREDIT = 0.1
"""Seconds that they may take at once: the beginning of a run is recorded densely."""
LONGEST_BREAK = 2.0
"""Seconds between two frames beyond which the run is taken to have rested."""


class Recording:
    """What is kept of a session for its replay. All methods run on the owner's thread.

    Pictures are composited for it, at the resolution of their tensors, whether or not a page shows them.
    """

    def __init__(
        self, tree: Tree, renderer: Renderer, metrics: Metrics, recorder: Recorder, notify: Callable[[str], None]
    ) -> None:
        self.recorder = recorder
        self.seconds = 0.0  # that the run took, breaks left out
        self.version = 0  # rises with whatever a new document would have in it
        self.budget = Budget(SHARE, CREDIT)
        self._tree = tree
        self._renderer = renderer
        self._metrics = metrics
        self._stores = 0  # changes of all stores that have been taken down
        self._pending: tuple[Rendering, list[str], int, Controls] | None = None
        self._seen_at = 0.0
        self._logged = False
        self._notify = notify
        self._failed = False
        self._opened = False

    # --- in the course of a run --------------------------------------------------------------------------------------

    def frame_ended(self, frame: int) -> None:
        """Takes down what changed, and makes a key frame where one is due. ``frame`` counts those that have ended."""
        now = time.perf_counter()
        self.seconds += min(now - self._seen_at, LONGEST_BREAK) if self._seen_at else 0.0
        self._seen_at = now
        self.version += 1
        if self._failed:
            return
        try:
            self._record(frame, now)
        except Exception as error:  # a replay is not worth a training
            self._give_up(frame, error)

    def _give_up(self, frame: int, error: Exception) -> None:
        self._failed = True
        self._notify(f"The replay ends at frame {frame}: {error}")

    def _record(self, frame: int, now: float) -> None:
        stores = sum(panel.store.changes for panel in self._tree.panels.values())
        if stores != self._stores:
            self._stores = stores
            self.recorder.observe(self._step(frame), self._controls())
        if self._pending is not None:
            self._collect()
        elif self.seconds >= self.budget.due and self.recorder.wants(self._step(frame)):
            self._begin(self._step(frame))
        else:
            return
        took = time.perf_counter() - now if self._opened else 0.0  # the first opens the device, as pages would anyway
        self._opened = True
        self.budget.spend(took, self.seconds)

    def _step(self, frame: int) -> int:
        """What the replay counts: logged steps where anything was logged, else frames."""
        if self._metrics.iteration > 0 and not self._logged:
            self._logged = True
            self.recorder.clear()
        return self._metrics.iteration if self._logged else frame

    def _controls(self) -> Controls:
        return {panel.id: panel.store.specs() for panel in self._tree.panels.values()}

    def _begin(self, step: int) -> None:
        tiles = self._tiles()
        if not tiles:
            self.recorder.take(step, {}, self._controls())
            return
        rendering = self._renderer.submit(list(tiles.values()))
        self._pending = rendering, list(tiles), step, self._controls()
        self._collect()

    def _collect(self) -> None:
        """Takes the pictures that were asked for, if they are there: a device is not waited for."""
        if self._pending is None:
            return
        rendering, canvases, step, controls = self._pending
        if rendering.stale:  # the pages' frame came in between; another time
            self._pending = None
        elif rendering.ready:
            self._pending = None
            self.recorder.take(step, _pixels(rendering, canvases), controls)

    def _tiles(self) -> dict[str, Tile]:
        canvases = list(self._tree.canvases())
        side = self.recorder.side(len(canvases))
        return plan_all(canvases, {canvas.id: (side, side) for canvas in canvases})

    # --- what there is to keep ---------------------------------------------------------------------------------------

    def finish(self, frame: int, level: int) -> bytes:
        """Takes what is shown now as the exact end of the replay so far, and returns its poster, a PNG file.

        ``level`` is zlib's, for both: how much time a smaller file is worth.
        """
        step = self._step(frame)
        controls = self._controls()
        self.recorder.observe(step, controls)
        self._pending = None
        if self._failed:
            return b""
        try:
            pictures = self._shown()
        except Exception as error:  # as above
            self._give_up(frame, error)
            return b""
        self.recorder.finish(step, pictures, controls, level)
        return poster(list(pictures.values()), level)

    def _shown(self) -> dict[str, Pixels]:
        """The pictures as of now; waits for the device."""
        tiles = self._tiles()
        return _pixels(self._renderer.submit(list(tiles.values())), list(tiles)) if tiles else {}

    def document(self, outcome: Outcome) -> dict[str, object]:
        """The replay; see `record.replay`."""
        rows = {name: points for name, _, points in self._metrics.patches({})}
        latest = {name: value for name in rows if (value := self._metrics.latest(name)) is not None}
        return document(self.recorder, self._tree.scene(), build(rows, latest), outcome)

    @property
    def speed(self) -> float:
        """Steps (logged ones, else none) a second, on average, breaks left out."""
        return self._metrics.iteration / self.seconds if self.seconds > 0 else 0.0


def _pixels(rendering: Rendering, canvases: list[str]) -> dict[str, Pixels]:
    return {canvas: rendering.pixels(index) for index, canvas in enumerate(canvases)}
