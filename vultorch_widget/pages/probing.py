"""Sends pages the true values of the texels they ask for, and records those of pinned texels over the run.

Texels are read between two frames. Nothing is read while no page asks and nothing is pinned, and nothing is sent while
no value changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from ..annotations.layers import OVERLAY
from ..basics.cadence import Cadence
from ..inspection.blocks import Area, Block, Spot, blocks_in, blocks_of, linked, texels_at
from ..inspection.lives import Channel
from ..inspection.pins import Pins as Pinned
from ..inspection.texels import Gathering, Values
from ..metrics import Cursor, Metrics
from ..protocol.messages import LifePatch, PinnedTexel, Pins, PinTexel, Probed, ProbeTexel, TexelValues, WatchTexels
from ..tree.canvas import Canvas
from ..tree.view_tree import Tree
from .channel import Channel as Pages
from .pacing import Pacer

if TYPE_CHECKING:
    from .publisher import Progress

READ_INTERVAL = 0.2
"""Seconds between two readings for a page whose pointer rests."""
LIFE_INTERVAL = 0.05
"""Minimum seconds between two recorded values of a pinned texel."""
TELL_INTERVAL = 0.5
"""Seconds between two messages with the histories of pinned texels."""
MOST_TEXELS = 8192
"""Maximum texels that one page watches. A screen of 3840 x 2160 pixels shows 3600 texels of 48 pixels a side."""
MOST_BLOCKS = 64
MOST_PICTURES = 256
"""Maximum pictures of a batch that a block of texels may span."""
MOST_PAGES = 64


@dataclass(slots=True)
class _Page:
    """What one page wants to know, and what it knows."""

    spot: Spot | None = None
    areas: tuple[Area, ...] = ()
    known: dict[Area, Values] = field(default_factory=dict)
    fresh: bool = True  # it has asked since it was last told


class _Reading(NamedTuple):
    """Texels on their way, all of one moment."""

    blocks: dict[Area, Block]
    gathering: Gathering
    frame: int
    step: int
    wanted: dict[str, list[Area]]  # by page
    pinned: list[Area]


class Probing:
    """Answers the pages of one view. Runs on the owner's thread.

    Attributes:
        pins: What is pinned, also by the program. While there are pins, `look` has work.
        busy: True if `look` has work because of a page. Read in each frame.

    """

    def __init__(
        self, tree: Tree, pins: Pinned, channel: Pages, pacer: Pacer, progress: Progress, metrics: Metrics
    ) -> None:
        self._tree = tree
        self.pins = pins
        self.busy = False
        self._channel = channel
        self._pacer = pacer
        self._progress = progress
        self._metrics = metrics
        self._pages: dict[str, _Page] = {}
        self._pointing = ""  # the page whose pointer was last heard of
        self._reading: _Reading | None = None
        self._reads = Cadence(READ_INTERVAL)
        self._lives = Cadence(LIFE_INTERVAL)
        self._tells = Cadence(TELL_INTERVAL)
        self._told: tuple[Spot, ...] = ()
        self._cursors: dict[Channel, Cursor] = {}

    # --- messages from pages -----------------------------------------------------------------------------------------

    def hear(self, message: ProbeTexel | WatchTexels | PinTexel) -> None:
        """Records what a page wants to know, or pins."""
        self.busy = True
        if isinstance(message, ProbeTexel):
            self._point(message)
        elif isinstance(message, WatchTexels):
            self._watch(message)
        else:
            self._pin(message)

    def _point(self, message: ProbeTexel) -> None:
        if message.canvas == "":
            page = self._pages.get(message.client)
            if page is not None:
                page.spot = None
                self._drop_idle(message.client)
            if self._pointing == message.client:
                self.pins.pointed = None
            return
        spot = Spot(message.canvas, message.x, message.y)
        if self._knows("probe_texel", spot):
            page = self._page(message.client)
            page.spot, page.fresh = spot, True
            page.known = {area: values for area, values in page.known.items() if not _is_texel(area)}
            self._pointing = message.client
            self.pins.pointed = spot

    def _watch(self, message: WatchTexels) -> None:
        areas = tuple(Area(b.canvas, b.left, b.top, b.right, b.bottom) for b in message.blocks)
        for area in areas:
            if not self._knows("watch_texels", area):
                return
            if not (0 <= area.left < area.right and 0 <= area.top < area.bottom):
                self._channel.refuse(f"watch_texels: {area[1:]} is no block of texels (left, top, right, bottom)")
                return
        texels = sum((area.right - area.left) * (area.bottom - area.top) for area in areas)
        if texels > MOST_TEXELS or len(areas) > MOST_BLOCKS:
            most = f"at most {MOST_TEXELS} in {MOST_BLOCKS} are read"
            self._channel.refuse(f"watch_texels: {texels} texels in {len(areas)} blocks; {most}")
            return
        page = self._page(message.client)
        page.areas, page.fresh = areas, True
        page.known.clear()
        self._drop_idle(message.client)

    def _pin(self, message: PinTexel) -> None:
        spot = Spot(message.canvas, message.x, message.y)
        if not self._knows("pin_texel", spot):
            return
        if message.alone:
            self.pins.clear()
        if message.pinned:
            self.pins.add(spot)
        else:
            self.pins.remove(spot)
        self._reads.hurry()
        self._tells.hurry()

    def gone(self, client: str) -> None:
        """Forgets a page that has left."""
        if self._pages.pop(client, None) is not None and self._pointing == client:
            self.pins.pointed = None

    def ready(self) -> None:
        """Records that a page has opened, which does not know any pins yet."""
        self._cursors.clear()
        self._told = ()
        self._tells.hurry()
        for page in self._pages.values():
            page.known.clear()

    def _page(self, client: str) -> _Page:
        page = self._pages.pop(client, None) or _Page()
        self._pages[client] = page
        if len(self._pages) > MOST_PAGES:
            self.gone(next(iter(self._pages)))
        return page

    def _drop_idle(self, client: str) -> None:
        page = self._pages[client]
        if page.spot is None and not page.areas and not self.pins.spots:
            del self._pages[client]

    def _knows(self, kind: str, place: Spot | Area) -> bool:
        canvas = self._tree.canvas(place.canvas)
        if canvas is None:
            self._channel.refuse(f"{kind}: view {self._tree.title!r} has no canvas {place.canvas!r}")
        elif isinstance(place, Spot) and (place.x < 0 or place.y < 0):
            self._channel.refuse(f"{kind}: ({place.x}, {place.y}) is no texel: both count from 0")
        else:
            return True
        return False

    # --- between frames ----------------------------------------------------------------------------------------------

    def look(self, now: float) -> None:
        """Reads what is due and tells the pages what is new."""
        # First, or a page would drop values of pins that it does not know about.
        if self._tells.due(now) or self.pins.spots != self._told:
            self._tells.done(now)
            self._tell_pins(now)
        if self._reading is None:
            self._begin(now)
        if self._reading is not None and self._reading.gathering.ready:
            reading, self._reading = self._reading, None
            self._tell(reading)
        self.busy = bool(self._pages or self._told)

    def _begin(self, now: float) -> None:
        watching = self._pacer.watching(now) if self._channel.is_open else []
        pages = {client: page for client in watching if (page := self._pages.get(client)) is not None}
        spots = self.pins.spots
        fresh = any(page.fresh for page in pages.values())
        reads = bool(watching and (pages or spots)) and (fresh or self._reads.due(now))
        if not (reads or (spots and self._lives.due(now))):
            return
        canvases = list(self._tree.canvases())
        blocks: dict[Area, Block] = {}
        pinned = _add(blocks, (block for spot in spots for block in texels_at(spot, canvases)))
        wanted: dict[str, list[Area]] = {}
        if reads:
            masked = _add(blocks, (block for spot in spots for block in _masks_at(spot, canvases)))
            for client in watching:
                page = pages.get(client)
                own = [] if page is None else _add(blocks, self._asked(page, canvases))
                wanted[client] = list(dict.fromkeys([*own, *pinned, *masked]))
                if page is not None:
                    page.fresh = False
            self._reads.done(now)
        self._lives.done(now)
        if blocks:
            gathering = Gathering([block.texels for block in blocks.values()])
            frame, step = self._progress.count, self._metrics.iteration
            self._reading = _Reading(blocks, gathering, frame, step, wanted, pinned)

    def _asked(self, page: _Page, canvases: list[Canvas]) -> Iterator[Block]:
        if page.spot is not None:
            yield from texels_at(page.spot, canvases)
            yield from _masks_at(page.spot, canvases)
        for area in page.areas:
            canvas = self._tree.canvas(area.canvas)
            if canvas is not None:
                yield from islice(blocks_in(area, canvas), MOST_PICTURES)

    def _tell(self, reading: _Reading) -> None:
        values = dict(zip(reading.blocks, reading.gathering.values(), strict=True))
        if reading.pinned:
            numbers = ((area[:3], values[area].numbers()) for area in reading.pinned)
            self.pins.lives.add(reading.step or reading.frame, numbers)
        for client, areas in reading.wanted.items():
            page = self._pages.get(client)
            if page is None:
                if not areas:
                    continue
                page = self._page(client)  # it shows pins
                page.fresh = False
            page.known = {area: known for area in areas if (known := page.known.get(area)) is not None}
            new = [area for area in areas if page.known.get(area) != values[area]]
            if not new:
                continue
            page.known |= {area: values[area] for area in new}
            texels = tuple(_message(reading.blocks[area], values[area], buffer) for buffer, area in enumerate(new))
            message = Probed(client=client, frame=reading.frame, step=reading.step, texels=texels)
            self._channel.send(message, [values[area].wire() for area in new])

    def _tell_pins(self, now: float) -> None:
        if not (self._channel.is_open and self._pacer.watched(now)):
            return
        spots, patches = self.pins.spots, self.pins.lives.patches(self._cursors)
        if spots == self._told and not patches:
            return
        self._told = spots
        if not spots:
            for client in list(self._pages):
                self._drop_idle(client)
        self._channel.send(
            Pins(
                pins=tuple(PinnedTexel(canvas=spot.canvas, x=spot.x, y=spot.y) for spot in spots),
                lives=tuple(
                    LifePatch(canvas=canvas, x=x, y=y, channel=channel, start=start, buffer=buffer)
                    for buffer, ((canvas, x, y, channel), start, _) in enumerate(patches)
                ),
            ),
            [points.tobytes() for _, _, points in patches],
        )


def _add(blocks: dict[Area, Block], more: Iterable[Block]) -> list[Area]:
    """Adds ``more`` to ``blocks``, and returns their areas."""
    added = list(more)
    for block in added:
        blocks.setdefault(block.area, block)
    return [block.area for block in added]


def _masks_at(spot: Spot, canvases: list[Canvas]) -> Iterator[Block]:
    """The texel at ``spot`` in the overlays of its canvas and of all linked ones, as separate canvases."""
    canvas = next((canvas for canvas in canvases if canvas.id == spot.canvas), None)
    together = set() if canvas is None else {other.id for other in linked(canvas, canvases)}
    for other in canvases:
        over, grid = other.overlaid, other.grid
        if other.id in together and over is not None and grid is not None and not other.problem():
            area = Area(OVERLAY + other.id, spot.x, spot.y, spot.x + 1, spot.y + 1)
            yield from blocks_of(area, grid, over.pictures)


def _is_texel(area: Area) -> bool:
    return area.right - area.left == area.bottom - area.top == 1


def _message(block: Block, values: Values, buffer: int) -> TexelValues:
    return TexelValues(
        **block.area._asdict(),
        picture=-1 if block.alone else block.picture,
        column=block.column,
        row=block.row,
        dtype=str(values.dtype).removeprefix("torch."),
        channels=values.channels,
        buffer=buffer,
    )
