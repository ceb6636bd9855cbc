"""Sends the pages whatever is new: structure, pictures, controls, logged scalars, status. Decides when, in one place.

Nothing is composited, encoded or sent while no page shows the view.
"""

from __future__ import annotations

import time
from typing import Protocol

from ..basics.cadence import Cadence
from ..metrics import Cursor, Metrics
from ..protocol.controls import Control
from ..protocol.messages import ControlsPatch, Picture, Ready, Report, Resize, SeriesPatch, Status, Update
from ..tree.view_tree import Tree
from .canvas_pictures import CanvasPictures
from .channel import Channel, Send
from .control_patch import diff
from .pacing import Pacer

ASIDE_INTERVAL = 0.2
"""Seconds between two looks at what is not a picture: controls and scalars."""
ASIDE_WAIT = 0.05
"""Seconds that these wait for a picture to go along with: a message costs more than what is in it."""
STATUS_INTERVAL = 0.25
"""Seconds between two status lines while nothing but numbers changes in them."""


MOST_ROOMS = 256
"""Pages whose rooms are kept. One that comes back after an outage does not tell them again, so they outlast it."""


class Progress(Protocol):
    """How far the frames of a view are."""

    @property
    def count(self) -> int:
        """Frames that have ended."""

    @property
    def elapsed(self) -> float:
        """Seconds that the frame which runs has taken so far; 0 where none does. Any thread."""


class StatusSource(Protocol):
    """Who knows the numbers of the status line."""

    def status(self) -> Status:
        """Those of now."""


class Publisher:
    """What the pages know of a view, and the sending of what they do not.

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
    ) -> None:
        self._tree = tree
        self._pictures = pictures
        self._metrics = metrics
        self._channel = channel
        self._progress = progress
        self._source = source
        self.pacer = pacer
        self._had_page = False
        self._opened_at: int | None = None  # the frame at which a page opened that has had none since
        self._rooms_of: dict[str, dict[str, tuple[int, int]]] = {}
        self._rooms: dict[str, tuple[int, int]] = {}  # of the pages
        self._watching: list[str] = []
        self._shape: object = None
        self._controls: dict[str, tuple[Control, ...]] = {}
        self._cursors: dict[str, Cursor] = {}
        self._sent_status: Status | None = None
        self._aside = Cadence(ASIDE_INTERVAL)
        self._status = Cadence(STATUS_INTERVAL)

    def attach(self, send: Send) -> None:
        """Gives the view a way to its pages, which know nothing of it yet."""
        self._channel.connect(send)
        self.resync()

    # --- what pages say ----------------------------------------------------------------------------------------------

    def ready(self, message: Ready, now: float) -> None:
        """A page wants everything."""
        self._had_page = True
        self._opened_at = self._progress.count
        self.pacer.ready(message.client, now)
        self.resync()

    def resync(self) -> None:
        """Counts nothing as known to the pages."""
        self._shape = None
        self._cursors.clear()
        self._sent_status = None
        self._pictures.forget_sent()
        self._aside.hurry()

    def resize(self, message: Resize) -> None:
        """A page has this room for its canvases; a picture is made for the roomiest page that is watching."""
        known = {canvas.id for canvas in self._tree.canvases()}
        sizes = {size.canvas: (size.width, size.height) for size in message.sizes if size.canvas in known}
        self._rooms_of.pop(message.client, None)  # so that the newest is last
        self._rooms_of[message.client] = sizes
        if len(self._rooms_of) > MOST_ROOMS:
            del self._rooms_of[next(iter(self._rooms_of))]
        self._watching = []

    def report(self, message: Report, now: float) -> None:
        """A page says what it painted, ``now`` being when that was heard."""
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
        """A page has left."""
        self.pacer.gone(client)
        self._rooms_of.pop(client, None)

    @property
    def attached(self) -> bool:
        """Whether there is a way to pages, though none may have opened."""
        return self._channel.is_open

    @property
    def watched(self) -> bool:
        """Whether a page that answers shows the view on a screen."""
        return self.attached and self.pacer.watched(time.monotonic())

    @property
    def hidden(self) -> bool:
        """Whether pages have been there, and none shows the view."""
        return self._had_page and not self.watched

    @property
    def missed(self) -> bool:
        """Whether pages are there and are sent nothing now: none shows the view. What one is sent, all hear."""
        return self.attached and bool(self.pacer.pages) and not self.watched

    @property
    def laying_out(self) -> bool:
        """Whether a page that is watching has not said yet which room it has for its canvases."""
        pages = self.pacer.watching(time.monotonic()) if self.attached else []
        return any(page not in self._rooms_of for page in pages) and any(True for _ in self._tree.canvases())

    def _collect_rooms(self, watching: list[str]) -> None:
        self._watching, self._rooms = watching, {}
        for client in watching:
            for canvas, (width, height) in self._rooms_of.get(client, {}).items():
                known = self._rooms.get(canvas, (0, 0))
                self._rooms[canvas] = max(known[0], width), max(known[1], height)

    # --- what pages are sent -----------------------------------------------------------------------------------------

    def publish(self, now: float, *, resting: bool, last: bool = False) -> bool:
        """Sends what is new and due. ``resting`` says that no tick follows soon, so that nothing waits for the next;
        ``last`` that nothing follows at all: pictures do not wait for the pages, and are sent although none shows the
        view now, or none would ever see the end.

        Returns False where a picture could not be sent yet, and another call should follow soon.
        """
        last = last or self._owes_first_frame()
        if not (resting or last) and not self._aside.due(now) and self._pictures.waits(now):
            self.pacer.look(now)
            return False
        picture_due = last or self.pacer.due(now)
        aside_due = self._aside.due(now if picture_due else now - ASIDE_WAIT)
        if not (picture_due or aside_due or resting):
            return False
        watching = self.pacer.watching(now) or (self.pacer.pages if last else [])
        if not watching:
            return True
        if watching != self._watching:
            self._collect_rooms(watching)
        if aside_due or resting or not self._pictures.busy:  # a frame that is waited for was preceded by its scene
            self._send_scene()
        complete = picture_due and self._pictures.compose(self._tree.canvases(), self._rooms, now, resting=resting)
        pictures, buffers = self._pictures.pictures(now, resting=resting) if complete else ([], [])
        self._send(now, pictures, buffers, aside=aside_due or resting, resting=resting)
        return complete

    def _owes_first_frame(self) -> bool:
        """Whether a page that has opened out of sight is to have its first frame all the same: what it shows has its
        controls then, and does not jump when it is scrolled to. Asking takes it.
        """
        if self._opened_at is None or self._progress.count == self._opened_at:
            return False
        self._opened_at = None
        return not self.watched

    def say(self, now: float) -> None:
        """Sends what is new and due but for the pictures, which cannot be made."""
        if self.attached and self._aside.due(now) and self.pacer.watched(now):
            self._send_scene()
            self._send(now, [], [], aside=True, resting=True)

    def hurry(self) -> None:
        """Has the next `publish` or `say` look at what is not a picture, however short ago it was sent."""
        self._aside.hurry()

    def _send(self, now: float, pictures: list[Picture], buffers: list[bytes], *, aside: bool, resting: bool) -> None:
        controls: list[ControlsPatch] = []
        series: list[SeriesPatch] = []
        status = None
        if aside:
            self._aside.done(now)
            controls, series = self._controls_patches(), self._series_patches(buffers)
            status = self._new_status(now, resting)
        if pictures or controls or series or status:
            made = self._pictures.made if pictures else now
            seq = self.pacer.sent(now, made) if pictures else 0
            self._channel.send(
                Update(
                    seq=seq,
                    made=time.time() - (now - made),
                    pictures=tuple(pictures),
                    controls=tuple(controls),
                    series=tuple(series),
                    status=status,
                ),
                buffers,
            )

    def _send_scene(self) -> None:
        shape = self._tree.shape()
        if shape == self._shape:
            return
        self._shape = shape
        scene = self._tree.scene()
        self._controls = {panel.id: panel.controls for panel in scene.panels}
        self._channel.send(scene)

    def _controls_patches(self) -> list[ControlsPatch]:
        patches = []
        for panel in self._tree.panels.values():
            specs = panel.store.specs()
            patch = diff(panel.id, self._controls.get(panel.id, ()), specs)
            if patch is not None:
                self._controls[panel.id] = specs
                patches.append(patch)
        return patches

    def _series_patches(self, buffers: list[bytes]) -> list[SeriesPatch]:
        patches = []
        for name, start, points in self._metrics.patches(self._cursors):
            patches.append(SeriesPatch(name=name, start=start, buffer=len(buffers)))
            buffers.append(points.tobytes())
        return patches

    def _new_status(self, now: float, resting: bool) -> Status | None:
        status = self._source.status()
        known = self._sent_status
        if status == known:
            return None
        if known is not None and status.state == known.state and not self._status.due(now) and not resting:
            return None
        self._sent_status = status
        self._status.done(now)
        return status
