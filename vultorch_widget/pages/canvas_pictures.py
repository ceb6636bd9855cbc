"""The picture of each canvas, and which version of it was sent. Pictures are compared by content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ..basics.cadence import Cadence
from ..pictures.encoder import Encoder
from ..protocol.messages import CanvasDifference, Picture
from ..render.pending_pictures import PendingPictures
from ..render.plan import Crop, Tile
from ..render.renderer import Renderer, Rendering
from ..tree.canvas import Canvas
from ..tree.tiles import Planned, as_it_came, plan, plan_again, plan_difference, zoomed
from .sent_picture import Shown

if TYPE_CHECKING:
    from ..pictures.picture_file import PictureFile

RECHECK = 0.1
"""Seconds until a tensor is composited again although torch has counted no write to it: torch does not count writes
through NumPy, DLPack or a CUDA graph. The interval doubles, up to `RECHECK_MOST`, each time such a composite finds no
change. After one that finds a change, every frame is composited until one finds none."""
RECHECK_MOST = 0.5
NO_VIEWPORTS: Mapping[str, Crop] = {}
"""No viewports: every canvas is shown as a whole."""
NO_DIFFERENCES: Mapping[str, CanvasDifference] = {}
PATIENCE = 0.01
"""Share of a tick that may be spent waiting for a device, if the tick takes `LONG_TICK` seconds or more. A frame that
is not ready has to wait for the next tick, which is worse when ticks are long."""
LONG_TICK = 0.03


@dataclass(slots=True)
class _Watched:
    """One canvas, and when its tensor is checked again."""

    shown: Shown = field(default_factory=Shown)
    source: object = None  # what was composited last
    look: object = None  # all of it but the version
    recheck: Cadence = field(default_factory=lambda: Cadence(RECHECK))  # while torch counts no write
    told: bool = False  # torch had counted a write before the last composite
    planned: Planned | None = None  # the last tile, for the next one

    def due(self, source: object, now: float, *, resting: bool) -> bool:
        """Returns whether to composite ``source``, the canvas's fingerprint or None, and records that as done."""
        self.told = source is None or source != self.source
        if not (self.told or now >= self.recheck.next):
            exact = self.shown.lacks_pixels and (resting or self.shown.still(now))
            if not exact:
                return False
        self.source = source
        self.recheck.done(now)
        return True

    def learn(self, *, changed: bool) -> None:
        """Adjusts the interval of rechecks after a composite."""
        if self.told:
            if self.recheck.interval != RECHECK:
                self.recheck.interval = RECHECK
        else:
            longer = min(max(2 * self.recheck.interval, RECHECK), RECHECK_MOST)
            self.recheck.interval = 0.0 if changed else longer


class _Target(NamedTuple):
    """One picture in flight."""

    watched: _Watched
    tile: Tile
    crop: Crop | None
    file: PictureFile | None = None  # which the pages have, and of which they now need the pixels


class _Begun(NamedTuple):
    """What the pictures in flight are for."""

    targets: list[_Target]
    qualities: list[int | None]  # of JPEG files; None for pixels
    at: float


class CanvasPictures:
    """The pictures of all canvases of a view.

    Attributes:
        composed: Tiles composited so far.
        pending: The frame in flight.
        anew: True if the last frame that was begun showed more than new values: other canvases, or in another way.
        made: When the tensors of the newest pictures were read, in seconds of the caller's clock.

    """

    def __init__(self, renderer: Renderer, encoder: Encoder) -> None:
        self.renderer = renderer
        self.encoder = encoder
        self._watched: dict[str, _Watched] = {}
        self.pending: PendingPictures[_Begun] = PendingPictures(renderer)
        self._asked = 0.0  # when `compose` was last called
        self.composed = 0
        self.anew = False
        self.made = 0.0

    def waits(self, rendering: Rendering, now: float) -> bool:
        """Returns True if ``rendering``, the frame in flight, is not ready, so that `compose` would do nothing."""
        if now - self._asked >= LONG_TICK or rendering.ready:
            return False
        self._asked = now
        return True

    def compose(
        self,
        canvases: Iterable[Canvas],
        rooms: Mapping[str, tuple[int, int]],
        now: float,
        *,
        viewports: Mapping[str, Crop] = NO_VIEWPORTS,
        differences: Mapping[str, CanvasDifference] = NO_DIFFERENCES,
        resting: bool = False,
    ) -> bool:
        """Composites every canvas that may have changed; ``rooms`` are device pixels (width, height) by canvas id.

        ``viewports`` has the visible part of each zoomed canvas: left, top, right and bottom in texels. ``differences``
        are composited as if each were another canvas with its own id. Returns whether all pictures are ready. If the
        device needs longer, a later call collects them.
        """
        tick, self._asked = now - self._asked, now
        patience = PATIENCE * min(tick, 1.0) if tick >= LONG_TICK else 0.0
        if self.pending.rendering is None:
            self._begin(list(canvases), rooms, viewports, differences, now, resting=resting)
        if (collected := self.pending.collect(patience)) is not None:
            self._take(*collected, now, resting=resting)
        return self.pending.rendering is None

    def _begin(
        self,
        canvases: list[Canvas],
        rooms: Mapping[str, tuple[int, int]],
        viewports: Mapping[str, Crop],
        differences: Mapping[str, CanvasDifference],
        now: float,
        *,
        resting: bool,
    ) -> None:
        targets: list[_Target] = []
        present: dict[str, _Watched] = {}
        self.anew = len(canvases) + len(differences) != len(self._watched)
        for canvas in canvases:
            watched = present[canvas.id] = self._watched.get(canvas.id) or _Watched()
            look = canvas.fingerprint(rooms.get(canvas.id))
            if look is None or look[1] != watched.look:
                self.anew = True
                watched.look = None if look is None else look[1]
            viewport = viewports.get(canvas.id) if viewports else None
            if not watched.due(look if viewport is None or look is None else (look, viewport), now, resting=resting):
                continue
            crop = None
            file = self._as_it_came(canvas, rooms) if viewport is None and canvas.file is not None else None
            if file is not None and not resting and not (watched.shown.still(now) and watched.shown.shows(file.data)):
                watched.learn(changed=watched.shown.take_jpeg(file.data, file.width, file.height, now))
                self.made = now
                continue
            if viewport is None or canvas.id not in rooms:
                tile, watched.planned = plan_again(canvas, rooms, look, watched.planned)
            else:
                room, crop = zoomed(canvas, rooms[canvas.id], viewport)
                tile = plan(canvas, {canvas.id: room}, crop)
            if tile is None:
                watched.shown.clear()
            else:
                targets.append(_Target(watched, tile, crop, file))
        by_id = {canvas.id: canvas for canvas in canvases} if differences else {}
        for ident, one in differences.items():
            watched = present[ident] = self._watched.get(ident) or _Watched()
            self._begin_difference(watched, one, by_id, rooms, viewports, targets, now, resting=resting)
        self._watched = present
        if targets:
            self.composed += len(targets)
            qualities = [self.encoder.moving_quality(one.tile.width, one.tile.height) for one in targets]
            files = {index: quality for index, quality in enumerate(qualities) if quality is not None}
            self.pending.submit([one.tile for one in targets], _Begun(targets, qualities, now), jpeg=files)

    def _as_it_came(self, canvas: Canvas, rooms: Mapping[str, tuple[int, int]]) -> PictureFile | None:
        """The file of a canvas that pages can be sent instead of a picture made here: as good, and of the same
        pixels.
        """
        file = as_it_came(canvas, rooms)
        alike = file is not None and file.format == "jpeg" and self.encoder.quality == "auto"
        return file if alike else None

    @staticmethod
    def _begin_difference(
        watched: _Watched,
        one: CanvasDifference,
        canvases: Mapping[str, Canvas],
        rooms: Mapping[str, tuple[int, int]],
        viewports: Mapping[str, Crop],
        targets: list[_Target],
        now: float,
        *,
        resting: bool,
    ) -> None:
        canvas, other, room = canvases.get(one.canvas), canvases.get(one.other), rooms.get(one.canvas)
        if canvas is None or other is None or room is None:
            watched.shown.clear()
            return
        looks = [each.fingerprint(room) for each in (canvas, other)]
        viewport = viewports.get(canvas.id)
        look = None if None in looks else (*looks, viewport, one)
        if not watched.due(look, now, resting=resting):
            return
        crop = None
        if viewport is not None:
            room, crop = zoomed(canvas, room, viewport)
        tile = plan_difference(canvas, other, one.difference, one.gain, one.colormap or None, room, crop)
        if tile is None:
            watched.shown.clear()
        else:
            targets.append(_Target(watched, tile, crop))

    def _take(self, rendering: Rendering, begun: _Begun, now: float, *, resting: bool) -> None:
        if rendering.stale:  # another frame was composited into the same memory meanwhile
            self.forget_composed()
            return
        self.made = begun.at
        for index, (target, quality) in enumerate(zip(begun.targets, begun.qualities, strict=True)):
            watched, tile, crop, file = target
            shown = watched.shown
            if file is not None and shown.settle(file.data, rendering.pixels(index)):
                watched.learn(changed=False)
                continue
            jpeg = None if quality is None else rendering.jpeg(index, quality)
            if jpeg is None:
                changed = shown.take_pixels(rendering.pixels(index), now, crop)
            else:
                changed = shown.take_jpeg(jpeg, tile.width, tile.height, now, crop)
                if shown.lacks_pixels and (resting or shown.still(now)):
                    shown.pixels = rendering.pixels(index).copy()
            watched.learn(changed=changed)

    def pictures(self, now: float, *, resting: bool) -> tuple[list[Picture], list[bytes]]:
        """Encodes what the pages do not show yet. ``resting`` means that nothing will change for now (paused)."""
        pictures: list[Picture] = []
        buffers: list[bytes] = []
        for canvas, watched in self._watched.items():
            shown = watched.shown
            if shown.settled:
                continue
            encoded = shown.encoded(self.encoder, still=resting or shown.still(now))
            if encoded is None:
                continue
            pictures.append(
                Picture(
                    canvas=canvas,
                    width=shown.width,
                    height=shown.height,
                    format=encoded.format,
                    lossless=encoded.lossless,
                    buffer=len(buffers),
                    crop=shown.crop,
                )
            )
            buffers.append(encoded.data)
        return pictures, buffers

    def abandon(self) -> None:
        """Discards the frame in flight; the next one composites what it has read."""
        self.pending.forget()
        self.forget_composed()

    def forget_composed(self) -> None:
        """Marks every tensor as unseen, so the next frame composites it again."""
        for watched in self._watched.values():
            watched.source = None

    def forget_sent(self) -> None:
        """Marks nothing as sent, because a new page shows nothing yet."""
        for watched in self._watched.values():
            watched.shown.forget_sent()

    def drop(self, names: Iterable[str]) -> None:
        """Forgets pictures, so that they are recreated and sent again if they are still wanted."""
        for name in names:
            self._watched.pop(name, None)
