"""Sends the pages whatever is new, and decides when: structure, pictures, controls, logged scalars and status.

Nothing is composited, encoded or sent while no page shows the view.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from ..basics.cadence import Cadence
from ..controls.kinds import KINDS
from ..inspection.viewport import Viewport, combined
from ..metrics import Cursor, Metrics
from ..metrics.rulers import Measure
from ..pictures.colormap import colormap_table
from ..protocol.controls import Control
from ..protocol.messages import (
    Annotations,
    BestValue,
    CanvasDifference,
    ControlsPatch,
    Differences,
    GhostControl,
    GhostCurve,
    GhostRun,
    Ghosts,
    LookBack,
    Picture,
    Ready,
    Report,
    Resize,
    RulerPatch,
    SeriesPatch,
    StandingAlarm,
    State,
    Status,
    StepMark,
    Timeline,
    Unseen,
    Update,
    Viewports,
)
from ..tree.view_tree import Tree
from .canvas_pictures import CanvasPictures
from .channel import Channel, Send
from .control_patch import diff
from .futures_board import FuturesBoard
from .moments import Moments
from .pacing import Pacer
from .sent_annotations import SentAnnotations

Value = TypeVar("Value")

ASIDE_INTERVAL = 0.2
"""Seconds between two checks of controls and scalars."""
ASIDE_WAIT = 0.05
"""Seconds that controls and scalars wait to be sent with a picture: a message costs more than its contents."""
STATUS_INTERVAL = 0.25
"""Seconds between two status lines while only numbers change in them."""


MOST_DIFFERENCES = 16
"""Maximum differences that are computed for one page."""
MOST_ROOMS = 256
"""Maximum pages whose canvas sizes are kept. They must survive an outage, after which pages do not resend them."""


class Progress(Protocol):
    """The progress of a view's frames."""

    @property
    def count(self) -> int:
        """Frames that have ended."""

    @property
    def elapsed(self) -> float:
        """Seconds that the running frame has taken so far; 0 if none is running. Any thread."""


class StatusSource(Protocol):
    """Provides the numbers of the status line."""

    @property
    def state(self) -> State:
        """The state of the run."""

    def status(self) -> Status:
        """Returns the current status."""


class Publisher:
    """Tracks what the pages know of a view, and sends them the rest.

    All methods run on the owner's thread.
    """

    def __init__(
        self,
        tree: Tree,
        pictures: CanvasPictures,
        metrics: Metrics,
        pacer: Pacer,
        channel: Channel,
        progress: Progress,
        source: StatusSource,
        moments: Moments,
    ) -> None:
        self._tree = tree
        self._moments = moments
        self._pictures = pictures
        self._annotations = SentAnnotations()
        self._metrics = metrics
        self._channel = channel
        self._progress = progress
        self._source = source
        self.pacer = pacer
        self.had_page = False  # whether there ever was one
        self._opened_at: int | None = None  # frame count when the newest page opened; None after its first frame
        self._rooms_of: dict[str, dict[str, tuple[int, int]]] = {}
        self._rooms: dict[str, tuple[int, int]] = {}  # largest size by canvas, over the watching pages
        self._unseen_of: dict[str, frozenset[str]] = {}  # panels that each page does not show
        self._unseen: frozenset[str] = frozenset()  # panels that no watching page shows
        self._viewports_of: dict[str, dict[str, Viewport]] = {}  # only those of zoomed canvases
        self._differences_of: dict[str, tuple[CanvasDifference, ...]] = {}
        self._differences: dict[str, CanvasDifference] = {}  # differences that watching pages have asked for, by id
        self._viewports: dict[str, Viewport] = {}  # the visible parts of zoomed canvases in the watching pages
        self._watching: list[str] = []
        self._shape: object = None
        self._controls: dict[str, tuple[Control, ...]] = {}
        self._cursors: dict[str, Cursor] = {}
        self._rulers: dict[Measure, tuple[int, int]] = {}  # generation and rows that the pages have
        self._sent_status: Status | None = None
        self._ghosts: int | None = 0  # version of the ghosts that pages know
        self._told: int | None = 0  # version of the time line that pages know
        self.alarms: Callable[[], tuple[StandingAlarm, ...]] = tuple
        """The active alarms."""
        self.futures: FuturesBoard | None = None
        """The futures being explored, once there were any."""
        self._aside = Cadence(ASIDE_INTERVAL)
        self._status = Cadence(STATUS_INTERVAL)

    def attach(self, send: Send) -> None:
        """Connects the view to its pages, which know nothing of it yet."""
        self._channel.connect(send)
        self.resync()

    # --- messages from pages -----------------------------------------------------------------------------------------

    def ready(self, message: Ready, now: float) -> None:
        """Registers a page that needs the whole state."""
        self.had_page = True
        self._opened_at = self._progress.count
        self.pacer.ready(message.client, now)
        self.resync()

    def resync(self) -> None:
        """Marks everything as unknown to the pages."""
        self._shape = None
        self._cursors.clear()
        self._rulers.clear()
        self._sent_status = None
        self._ghosts = None if self._metrics.ghosts.version else 0
        self._told = None if self._metrics.timeline.version else 0
        self._pictures.forget_sent()
        self._annotations.forget_sent()
        self._moments.forget_sent()
        if self.futures is not None:
            self.futures.forget_sent()
        self._aside.hurry()

    def look_back(self, message: LookBack, now: float) -> None:
        """Records whether a page looks back, as said at ``now``."""
        self.pacer.look_back(message.client, back=message.back, now=now)

    def resize(self, message: Resize) -> None:
        """Records a page's canvas sizes. Pictures are made for the largest size among the watching pages."""
        known = {canvas.id for canvas in self._tree.canvases()}
        sizes = {size.canvas: (size.width, size.height) for size in message.sizes if size.canvas in known}
        _remember(self._rooms_of, message.client, sizes)
        self._watching = []

    def hide(self, message: Unseen) -> None:
        """Records which panels a page does not show."""
        _remember(self._unseen_of, message.client, frozenset(message.panels).intersection(self._tree.panels) or None)
        self._watching = []

    def look(self, message: Viewports) -> None:
        """Records which parts of its canvases a page shows. Raises ValueError, naming it, for a part with no texels."""
        known = {canvas.id for canvas in self._tree.canvases()}
        seen: dict[str, Viewport] = {}
        for part in message.viewports:
            viewport = part.left, part.top, part.right, part.bottom
            if not (0 <= part.left < part.right and 0 <= part.top < part.bottom):
                raise ValueError(f"viewports: {viewport} of canvas {part.canvas!r} has no texels")
            if part.canvas in known:
                seen[part.canvas] = viewport
        _remember(self._viewports_of, message.client, seen or None)
        self._watching = []

    def differ(self, message: Differences) -> None:
        """Records which differences a page shows.

        Raises ValueError for a gain that is not above 0, an unknown colormap, an id that a canvas has, and beyond
        `MOST_DIFFERENCES`.
        """
        known = {canvas.id for canvas in self._tree.canvases()}
        if len(message.differences) > MOST_DIFFERENCES:
            raise ValueError(f"differences: at most {MOST_DIFFERENCES} are made, not {len(message.differences)}")
        for one in message.differences:
            if one.gain <= 0 or one.id in known:
                raise ValueError(f"differences: gain {one.gain} and id {one.id!r} must be above 0 and new")
            if one.colormap:
                colormap_table(one.colormap)
        self._pictures.drop(one.id for one in message.differences)  # the page may have left and come back
        _remember(self._differences_of, message.client, message.differences or None)
        self._watching = []

    def report(self, message: Report, now: float) -> None:
        """Applies a page's report of what it painted, received at ``now``."""
        age = message.age_ms / 1000
        back = self.pacer.report(
            message.client,
            seq=message.seq,
            painted=message.painted,
            age=age,
            visible=message.visible,
            now=now,
            interval=message.next_ms / 1000,
            beat=message.beat_ms / 1000,
            early=message.early_ms / 1000,
        )
        if back or message.resync:
            self.resync()

    def gone(self, client: str) -> None:
        """Removes a page that has left."""
        self.pacer.gone(client)
        self._rooms_of.pop(client, None)
        self._unseen_of.pop(client, None)
        viewports, differences = self._viewports_of.pop(client, None), self._differences_of.pop(client, None)
        if viewports is not None or differences is not None:
            self._watching = []

    @property
    def left(self) -> bool:
        """Whether there were pages, and all of them have left."""
        return self.had_page and not self.pacer.pages

    def room(self, canvas: str) -> tuple[int, int]:
        """Device pixels of a canvas in the watching pages, the maximum of each side; (0, 0) if they have not said."""
        return self._rooms.get(canvas, (0, 0))

    @property
    def attached(self) -> bool:
        """True if the view can send to pages, even if none has opened."""
        return self._channel.is_open

    @property
    def watched(self) -> bool:
        """True if a page that answers shows the view on a screen."""
        return self.attached and self.pacer.watched(time.monotonic())

    @property
    def hidden(self) -> bool:
        """True if pages have opened and none shows the view now."""
        return self.had_page and not self.watched

    @property
    def missed(self) -> bool:
        """True if pages are connected but none shows the view, so nothing is sent. Messages go to all pages alike."""
        return self.attached and bool(self.pacer.pages) and not self.watched

    @property
    def laying_out(self) -> bool:
        """True if a watching page has not sent its canvas sizes yet."""
        pages = self.pacer.watching(time.monotonic()) if self.attached else []
        return any(page not in self._rooms_of for page in pages) and any(True for _ in self._tree.canvases())

    def _collect_rooms(self, watching: list[str]) -> None:
        self._watching, self._rooms = watching, {}
        for client in watching:
            for canvas, (width, height) in self._rooms_of.get(client, {}).items():
                known = self._rooms.get(canvas, (0, 0))
                self._rooms[canvas] = max(known[0], width), max(known[1], height)
        unseen = [self._unseen_of.get(client, frozenset()) for client in watching]
        self._unseen = frozenset.intersection(*unseen) if unseen else frozenset()
        self._differences = {one.id: one for client in watching for one in self._differences_of.get(client, ())}
        self._viewports = {}
        for canvas in {canvas for client in watching for canvas in self._viewports_of.get(client, ())}:
            shown = [
                (rooms[canvas], self._viewports_of.get(client, {}).get(canvas))
                for client in watching
                if canvas in (rooms := self._rooms_of.get(client, {}))
            ]
            if shown:
                self._rooms[canvas], viewport = combined(shown)
                if viewport is not None:
                    self._viewports[canvas] = viewport

    # --- messages to pages -------------------------------------------------------------------------------------------

    def quiet(self, now: float) -> bool:
        """Returns whether `publish` would do nothing now if the next tick follows soon, as in most ticks.

        A frame in flight, or the next one, takes controls and scalars with it if it comes within `ASIDE_WAIT`.
        """
        if not self._channel.is_open or self._opened_at is not None or now - ASIDE_WAIT >= self._aside.next:
            return False
        rendering = self._pictures.pending.rendering
        if now >= self.pacer.next if rendering is None else not self._pictures.waits(rendering, now):
            return False
        self.pacer.look(now)
        return True

    def publish(self, now: float, *, resting: bool, last: bool = False) -> bool:
        """Sends what is new and due, and returns False if a picture was not ready and another call should follow soon.

        ``resting`` says that no tick follows soon, so nothing is held back for the next. ``last`` says that nothing
        follows at all: pictures do not wait for the pages, and are sent even if none shows the view now, so that the
        end is not lost.
        """
        last = last or (self._opened_at is not None and self._owes_first_frame())
        picture_due = last or self.pacer.due(now)
        if not picture_due and self._pictures.pending and not self.pacer.looked_at(now):
            self._pictures.abandon()  # when somebody looks again, it would be old
        aside_due = self._aside.due(now if picture_due else now - ASIDE_WAIT)
        if not (picture_due or aside_due or resting):
            return False
        watching = self.pacer.watching(now) or (self.pacer.pages if last else [])
        if not watching:
            return True
        if watching != self._watching:
            self._collect_rooms(watching)
        busy = self._pictures.pending.rendering is not None
        if aside_due or resting:
            self._send_scene()
        if picture_due and not busy:
            self._annotations.look(self._tree.canvases())  # as they are while the tensors are read
        complete = picture_due and self._pictures.compose(
            self._tree.canvases(),
            self._rooms,
            now,
            viewports=self._viewports,
            differences=self._differences,
            resting=resting,
        )
        if not busy and self._pictures.anew:  # before the pictures, which may need it
            self._send_scene()
        pictures, buffers = self._pictures.pictures(now, resting=resting) if complete else ([], [])
        annotations = self._annotations.news() if complete else []
        if pictures or annotations or aside_due or resting:
            self._send(now, pictures, buffers, annotations, aside=aside_due or resting, resting=resting)
        if busy and complete and now >= self.pacer.next and not (resting or last):
            # If another tick began it, pages would get every second tick at most.
            return self.publish(now, resting=False)
        return complete

    def _owes_first_frame(self) -> bool:
        """Returns whether a page that opened out of sight still needs its first frame, and clears that state.

        With that frame the page has its controls, so its layout does not jump when the user scrolls to it.
        """
        if self._progress.count == self._opened_at:
            return False
        self._opened_at = None
        return not self.watched

    def say(self, now: float) -> None:
        """Sends what is new and due except the pictures, which cannot be made now."""
        if self.attached and self._aside.due(now) and self.pacer.watched(now):
            self._send_scene()
            self._send(now, [], [], [], aside=True, resting=True)

    def hurry(self) -> None:
        """Makes controls and scalars due at the next `publish` or `say`."""
        self._aside.hurry()

    def _send(
        self,
        now: float,
        pictures: list[Picture],
        buffers: list[bytes],
        annotations: list[Annotations],
        *,
        aside: bool,
        resting: bool,
    ) -> None:
        controls: list[ControlsPatch] = []
        series: list[SeriesPatch] = []
        rulers: list[RulerPatch] = []
        status = key_frames = moves = None
        if aside:
            self._aside.done(now)
            controls, series = self._controls_patches(now), self._series_patches(buffers)
            rulers = self._ruler_patches(buffers)
            status = self._new_status(now, resting)
            self._send_ghosts()
            key_frames, moves = self._moments.news(), self._moments.moves()
        if pictures or annotations or controls or series or rulers or status or key_frames or moves is not None:
            made = self._pictures.made if pictures else now
            seq = self.pacer.sent(now, made) if pictures or annotations else 0
            self._channel.send(
                Update(
                    seq=seq,
                    made=time.time() - (now - made),
                    pictures=tuple(pictures),
                    annotations=tuple(annotations),
                    controls=tuple(controls),
                    series=tuple(series),
                    status=status,
                    key_frames=key_frames,
                    moves=moves,
                    rulers=tuple(rulers),
                ),
                buffers,
            )
        if aside:  # after the state: an alarm may have paused the run
            self._send_timeline()
            if self.futures is not None:
                for message, files in self.futures.news():
                    self._channel.send(message, files)

    def _send_scene(self) -> None:
        shape = self._tree.shape()
        if shape == self._shape:
            return
        self._shape = shape
        scene = self._tree.scene()
        self._controls = {panel.id: panel.controls for panel in scene.panels}
        self._channel.send(scene)

    def _controls_patches(self, now: float) -> list[ControlsPatch]:
        patches = []
        away = not self.pacer.looked_at(now)  # all pages are looking back
        for panel in self._tree.panels.values():
            specs = panel.store.specs()
            if away or panel.id in self._unseen:
                specs = _without_bulk(specs, self._controls.get(panel.id, ()))
            patch = diff(panel.id, self._controls.get(panel.id, ()), specs)
            if patch is not None:
                self._controls[panel.id] = specs
                patches.append(patch)
        return patches

    def _series_patches(self, buffers: list[bytes]) -> list[SeriesPatch]:
        patches = []
        for name, start, points in self._metrics.patches(self._cursors):
            best = self._metrics.best(name)
            found = None if best is None else BestValue(**best._asdict())
            patches.append(SeriesPatch(name=name, start=start, buffer=len(buffers), best=found))
            buffers.append(points.tobytes())
        return patches

    def _ruler_patches(self, buffers: list[bytes]) -> list[RulerPatch]:
        patches = []
        for measure, start, rows in self._metrics.rulers.news(self._rulers):
            patches.append(RulerPatch(measure=measure, start=start, buffer=len(buffers)))
            buffers.append(rows.bytes())
        return patches

    def _send_ghosts(self) -> None:
        ghosts = self._metrics.ghosts
        if ghosts.version == self._ghosts:
            return
        self._ghosts = ghosts.version
        buffers = [curve.rows() for curve in ghosts.curves]
        curves = tuple(
            GhostCurve(branch=curve.branch, series=curve.series, buffer=index)
            for index, curve in enumerate(ghosts.curves)
        )
        runs = []
        for run in ghosts.runs:
            rulers = []
            for measure, rows in run.rulers.items():
                rulers.append(RulerPatch(measure=measure, start=0, buffer=len(buffers)))
                buffers.append(rows.bytes())
            controls = tuple(GhostControl(label=label, value=value) for label, value in run.controls.items())
            runs.append(
                GhostRun(name=run.name, kind=run.kind, began=run.began, controls=controls, rulers=tuple(rulers))
            )
        self._channel.send(Ghosts(curves=curves, runs=tuple(runs)), buffers)

    def _send_timeline(self) -> None:
        timeline = self._metrics.timeline
        if timeline.version == self._told:
            return
        self._told = timeline.version
        marks = tuple(StepMark(**mark._asdict()) for mark in timeline.marks)
        self._channel.send(Timeline(marks=marks, alarms=self.alarms()))

    def _new_status(self, now: float, resting: bool) -> Status | None:
        known = self._sent_status
        if known is not None and not resting and not self._status.due(now) and self._source.state == known.state:
            return None
        status = self._source.status()
        if status == known:
            return None
        self._sent_status = status
        self._status.done(now)
        return status


def _remember(known: dict[str, Value], client: str, said: Value | None) -> None:
    """Keeps what a page has ``said``, as the newest of at most `MOST_ROOMS`; None drops it."""
    known.pop(client, None)  # inserting it again makes it the last
    if said is not None:
        known[client] = said
    if len(known) > MOST_ROOMS:
        del known[next(iter(known))]


def _without_bulk(specs: tuple[Control, ...], known: tuple[Control, ...]) -> tuple[Control, ...]:
    """``specs`` with bulky controls as pages already know them: they get the newest once they show them."""
    before = {control.id: control for control in known}
    return tuple(before.get(spec.id, spec) if KINDS[spec.kind].bulky else spec for spec in specs)
