"""Sends the pages whatever is new: structure, pictures, controls, logged scalars, status. Decides when, in one place.

Nothing is composited, encoded or sent while no page shows the view.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ..metrics import Cursor, Metrics
from ..protocol.controls import Control
from ..protocol.messages import ControlsPatch, Picture, Ready, Report, Resize, SeriesPatch, Status, Update
from ..tree.view_tree import Tree
from .canvas_pictures import Stage
from .channel import Channel
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


class Publisher:
    """What the pages know of a view, and the sending of what they do not.

    All methods run on the owner's thread.
    """

    def __init__(
        self, tree: Tree, stage: Stage, metrics: Metrics, pacer: Pacer, channel: Channel, status: Callable[[], Status]
    ) -> None:
        self._tree = tree
        self._stage = stage
        self._metrics = metrics
        self._channel = channel
        self._status = status
        self.pacer = pacer
        self._rooms_of: dict[str, dict[str, tuple[int, int]]] = {}
        self._rooms: dict[str, tuple[int, int]] = {}  # of the pages
        self._watching: list[str] = []
        self._shape: object = None
        self._controls: dict[str, tuple[Control, ...]] = {}
        self._cursors: dict[str, Cursor] = {}
        self._sent_status: Status | None = None
        self._aside_at = 0.0
        self._status_at = 0.0

    # --- what pages say ----------------------------------------------------------------------------------------------

    def ready(self, message: Ready, now: float) -> None:
        """A page wants everything."""
        self.pacer.ready(message.client, now)
        self.resync()

    def resync(self) -> None:
        """Counts nothing as known to the pages."""
        self._shape = None
        self._cursors.clear()
        self._sent_status = None
        self._stage.forget_sent()
        self._aside_at = 0.0

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

    def missed(self, now: float) -> bool:
        """Whether pages are there and are sent nothing now: none shows the view. What one is sent, all hear."""
        return bool(self.pacer.pages) and not self.pacer.watched(now)

    def gone(self, client: str) -> None:
        """A page has left."""
        self.pacer.gone(client)
        self._rooms_of.pop(client, None)

    def laying_out(self, now: float) -> bool:
        """Whether a page that is watching has not said yet which room it has for its canvases."""
        pages = self.pacer.watching(now)
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
        if not (resting or last) and now < self._aside_at and self._stage.waits(now):
            self.pacer.look(now)
            return False
        picture_due = last or self.pacer.due(now)
        aside_due = now >= self._aside_at + (0.0 if picture_due else ASIDE_WAIT)
        if not (picture_due or aside_due or resting):
            return False
        watching = self.pacer.watching(now) or (self.pacer.pages if last else [])
        if not watching:
            return True
        if watching != self._watching:
            self._collect_rooms(watching)
        if aside_due or resting or not self._stage.busy:  # a frame that is waited for was preceded by its scene
            self._send_scene()
        complete = picture_due and self._stage.compose(self._tree.canvases(), self._rooms, now, resting=resting)
        pictures, buffers = self._stage.pictures(now, resting=resting) if complete else ([], [])
        self._send(now, pictures, buffers, aside=aside_due or resting, resting=resting)
        return complete

    def say(self, now: float) -> None:
        """Sends what is new and due but for the pictures, which cannot be made."""
        if now >= self._aside_at and self.pacer.watched(now):
            self._send_scene()
            self._send(now, [], [], aside=True, resting=True)

    def hurry(self) -> None:
        """Has the next `publish` or `say` look at what is not a picture, however short ago it was sent."""
        self._aside_at = 0.0

    def _send(self, now: float, pictures: list[Picture], buffers: list[bytes], *, aside: bool, resting: bool) -> None:
        controls: list[ControlsPatch] = []
        series: list[SeriesPatch] = []
        status = None
        if aside:
            self._aside_at = now + ASIDE_INTERVAL
            controls, series = self._controls_patches(), self._series_patches(buffers)
            status = self._new_status(now, resting)
        if pictures or controls or series or status:
            made = self._stage.made if pictures else now
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
        status = self._status()
        known = self._sent_status
        if status == known:
            return None
        if known is not None and status.state == known.state and now < self._status_at and not resting:
            return None
        self._sent_status, self._status_at = status, now + STATUS_INTERVAL
        return status
