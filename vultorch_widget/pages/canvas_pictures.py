"""What each canvas shows, and what of it the pages have been sent. Decides by content which pictures are new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..basics.cadence import Cadence
from ..pictures.encoder import Encoder
from ..protocol.messages import Picture
from ..render.pending_pictures import PendingPictures
from ..render.plan import Tile
from ..render.renderer import Renderer, Rendering
from ..tree.canvas import Canvas
from ..tree.tiles import fingerprint, plan
from .sent_picture import Shown

RECHECK = 0.1
"""Seconds after which a tensor is composited again though torch has counted no write to it: writes through NumPy,
DLPack or a CUDA graph are not counted. Each time that finds nothing doubles them, up to `RECHECK_MOST`; where it does
find a write, torch is not asked any more until a composite finds none."""
RECHECK_MOST = 0.5
PATIENCE = 0.01
"""Part of a tick that may be spent on waiting for a device, where it takes `LONG_TICK` seconds or more: a frame that is
not ready comes a tick later, and where ticks take long that is worse."""
LONG_TICK = 0.03


@dataclass(slots=True)
class _Watched:
    """One canvas, and when to look at its tensor again."""

    shown: Shown = field(default_factory=Shown)
    source: object = None  # what was composited last
    recheck: Cadence = field(default_factory=lambda: Cadence(RECHECK))  # of composites where torch counts no write
    told: bool = False  # torch knew of the write before the last composite

    def due(self, source: object, now: float, *, still: bool) -> bool:
        """Whether to composite ``source``, the canvas's fingerprint or None; notes that it is done."""
        self.told = source is None or source != self.source
        exact = still and self.shown.lacks_pixels
        if not (self.told or exact or self.recheck.due(now)):
            return False
        self.source = source
        self.recheck.done(now)
        return True

    def learn(self, *, changed: bool) -> None:
        """Adjusts the interval of rechecks after a composite."""
        if self.told:
            self.recheck.interval = RECHECK
        else:
            longer = min(max(2 * self.recheck.interval, RECHECK), RECHECK_MOST)
            self.recheck.interval = 0.0 if changed else longer


@dataclass(slots=True)
class _Begun:
    """What the pictures of a frame are for that is on its way."""

    targets: list[tuple[_Watched, Tile]]
    qualities: list[int | None]  # of JPEG files, None where pixels are wanted
    at: float


class CanvasPictures:
    """The pictures of all canvases of a view.

    Attributes:
        composed: Tiles composited so far.
        made: When the tensors of the newest pictures were read, in seconds of the caller's clock.

    """

    def __init__(self, renderer: Renderer, encoder: Encoder) -> None:
        self.renderer = renderer
        self.encoder = encoder
        self._watched: dict[str, _Watched] = {}
        self._pending: PendingPictures[_Begun] = PendingPictures(renderer)
        self._asked = 0.0  # when `compose` was last called
        self.composed = 0
        self.made = 0.0

    @property
    def busy(self) -> bool:
        """Whether a frame has been begun and not been collected."""
        return bool(self._pending)

    def waits(self, now: float) -> bool:
        """Whether a frame has been begun and is not there, so that `compose` would not do a thing."""
        if now - self._asked >= LONG_TICK or not self._pending.waiting:
            return False
        self._asked = now
        return True

    def compose(
        self, canvases: Iterable[Canvas], rooms: Mapping[str, tuple[int, int]], now: float, *, resting: bool = False
    ) -> bool:
        """Composites every canvas that may have changed; ``rooms`` are device pixels (width, height) by canvas id.

        Where the device needs longer, that is all: another call, later, collects what it made. Returns whether all
        pictures are there.
        """
        tick, self._asked = now - self._asked, now
        patience = PATIENCE * min(tick, 1.0) if tick >= LONG_TICK else 0.0
        if not self._pending:
            self._begin(canvases, rooms, now, resting=resting)
        if (collected := self._pending.collect(patience)) is not None:
            self._take(*collected, now, resting=resting)
        return not self._pending

    def _begin(
        self, canvases: Iterable[Canvas], rooms: Mapping[str, tuple[int, int]], now: float, *, resting: bool
    ) -> None:
        targets: list[tuple[_Watched, Tile]] = []
        present: dict[str, _Watched] = {}
        for canvas in canvases:
            watched = present[canvas.id] = self._watched.get(canvas.id) or _Watched()
            look = fingerprint(canvas, rooms.get(canvas.id))
            if not watched.due(look, now, still=resting or watched.shown.still(now)):
                continue
            tile = plan(canvas, rooms)
            if tile is None:
                watched.shown.clear()
            else:
                targets.append((watched, tile))
        self._watched = present
        if targets:
            self.composed += len(targets)
            qualities = [self.encoder.moving_quality(tile.width, tile.height) for _, tile in targets]
            files = {index: quality for index, quality in enumerate(qualities) if quality is not None}
            self._pending.submit([tile for _, tile in targets], _Begun(targets, qualities, now), jpeg=files)

    def _take(self, rendering: Rendering, begun: _Begun, now: float, *, resting: bool) -> None:
        if rendering.stale:  # something else was composited meanwhile, in the same memory
            self.forget_composed()
            return
        self.made = begun.at
        for index, ((watched, tile), quality) in enumerate(zip(begun.targets, begun.qualities, strict=True)):
            shown = watched.shown
            jpeg = None if quality is None else rendering.jpeg(index, quality)
            if jpeg is None:
                changed = shown.take_pixels(rendering.pixels(index), now)
            else:
                changed = shown.take_jpeg(jpeg, tile.width, tile.height, now)
                if (resting or shown.still(now)) and shown.lacks_pixels:
                    shown.pixels = rendering.pixels(index).copy()
            watched.learn(changed=changed)

    def pictures(self, now: float, *, resting: bool) -> tuple[list[Picture], list[bytes]]:
        """What the pages do not show yet, encoded. ``resting`` says that nothing will change for now (paused)."""
        pictures: list[Picture] = []
        buffers: list[bytes] = []
        for canvas, watched in self._watched.items():
            shown = watched.shown
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
                )
            )
            buffers.append(encoded.data)
        return pictures, buffers

    def forget_composed(self) -> None:
        """Has every tensor looked at again."""
        for watched in self._watched.values():
            watched.source = None

    def forget_sent(self) -> None:
        """Counts nothing as sent: a page has appeared that shows nothing yet."""
        for watched in self._watched.values():
            watched.shown.forget_sent()
