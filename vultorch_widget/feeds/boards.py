"""How the pictures of ranks are laid out in a view: a panel for each rank, or one for all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

import torch

from ..pictures.picture_file import PictureFile
from ..pictures.pixels import Pixels
from ..tree.canvas import Canvas
from ..tree.panel import Panel
from .host import Host
from .messages import Head, Wanted

UNKNOWN = (512, 512)
"""Device pixels to request before a page has said how many it has."""
EMPTY = 128
"""The grey of a place without a picture, and around a picture that is smaller than others."""


class Board(Protocol):
    """Where pictures of ranks are shown."""

    def show(self, head: Head, pictures: Mapping[str, PictureFile], caption: str) -> None:
        """Takes new pictures of a rank, and the caption for all that it has."""

    def wanted(self, head: Head) -> tuple[Wanted, ...]:
        """What to ask the rank for."""

    def drop(self, head: Head) -> None:
        """Takes the place of a rank away that no longer belongs to the run."""

    def settle(self) -> None:
        """Ends a turn in which all ranks have delivered what is new."""


def _room(host: Host, canvas: Canvas) -> tuple[int, int] | None:
    """Device pixels for the canvas; None if nobody is watching."""
    room = host.room(canvas.id)
    return room if room is None or min(room) > 0 else UNKNOWN


class SideBySide:
    """A panel for each rank."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._written: dict[str, str] = {}  # caption by canvas

    def _panel(self, head: Head) -> Panel:
        return self._host.panel(f"{head.run} · rank {head.rank}")

    def _canvases(self, head: Head) -> dict[str, Canvas]:
        panel = self._panel(head)
        return {offer.name: panel.canvas(offer.name) for offer in head.offers}

    def show(self, head: Head, pictures: Mapping[str, PictureFile], caption: str) -> None:
        """See `Board`."""
        for name, canvas in self._canvases(head).items():
            if (picture := pictures.get(name)) is not None:
                canvas.receive(picture)
            if canvas.bound is not None and self._written.get(canvas.id) != caption:
                self._written[canvas.id] = caption
                canvas.captions(caption)

    def wanted(self, head: Head) -> tuple[Wanted, ...]:
        """See `Board`."""
        rooms = {name: _room(self._host, canvas) for name, canvas in self._canvases(head).items()}
        return tuple(Wanted(name=name, width=room[0], height=room[1]) for name, room in rooms.items() if room)

    def drop(self, head: Head) -> None:
        """See `Board`. A panel stays into which the user has put something else."""
        canvases = self._canvases(head)
        panel = self._panel(head)
        if panel.canvases.keys() == canvases.keys() and panel.callback is None and not panel.store.specs():
            self._host.remove(panel)
        for canvas in canvases.values():
            self._written.pop(canvas.id, None)

    def settle(self) -> None:
        """Does nothing: everything is shown already."""


class InOne:
    """One panel with a canvas for each name, which shows the pictures of all ranks as a grid."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._sheets: dict[str, _Sheet] = {}  # by canvas

    def _of(self, head: Head) -> dict[str, _Sheet]:
        panel = self._host.panel(f"{head.run} · all ranks")
        canvases = {offer.name: panel.canvas(offer.name) for offer in head.offers}
        return {name: self._sheets.setdefault(canvas.id, _Sheet(canvas)) for name, canvas in canvases.items()}

    def show(self, head: Head, pictures: Mapping[str, PictureFile], caption: str) -> None:
        """See `Board`."""
        for name, sheet in self._of(head).items():
            sheet.take(head.rank, pictures.get(name), caption)

    def wanted(self, head: Head) -> tuple[Wanted, ...]:
        """See `Board`."""
        wanted = []
        for name, sheet in self._of(head).items():
            if (room := _room(self._host, sheet.canvas)) is not None:
                columns, rows = sheet.places
                wanted.append(Wanted(name=name, width=-(-room[0] // columns), height=-(-room[1] // rows)))
        return tuple(wanted)

    def drop(self, head: Head) -> None:
        """See `Board`."""
        for sheet in self._sheets.values():
            sheet.drop(head.rank)

    def settle(self) -> None:
        """See `Board`."""
        for sheet in self._sheets.values():
            sheet.draw()


class _Sheet:
    """One canvas with the pictures of all ranks, in their order."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self._pictures: dict[int, Pixels | None] = {}
        self._captions: dict[int, str] = {}
        self._new: set[int] = set()  # ranks whose picture has yet to be drawn
        self._batch = torch.empty(0, 0, 0, 3, dtype=torch.uint8)
        self._columns = 1
        self._written: list[str] = []

    @property
    def places(self) -> tuple[int, int]:
        """Columns and rows of the grid."""
        return self._columns, max(1, -(-len(self._pictures) // self._columns))

    def take(self, rank: int, picture: PictureFile | None, caption: str) -> None:
        """Takes what is new of a rank. Without a ``picture``, the previous one stays."""
        self._captions[rank] = caption
        self._pictures.setdefault(rank, None)
        if picture is not None:
            self._pictures[rank] = picture.decoded()
            self._new.add(rank)

    def drop(self, rank: int) -> None:
        """Forgets a rank. The others are drawn anew."""
        self._captions.pop(rank, None)
        self._pictures.pop(rank, None)
        self._new = {one for one, picture in self._pictures.items() if picture is not None}

    def draw(self) -> None:
        """Draws what was taken."""
        ranks = sorted(self._pictures)
        if self._new:
            self._paint(ranks)
        captions = [self._captions[rank] for rank in ranks]
        if captions != self._written and self.canvas.tensor is self._batch and len(self._batch) == len(ranks):
            self._written = captions
            self.canvas.captions(captions)

    def _paint(self, ranks: list[int]) -> None:
        sizes = [picture.shape[:2] for picture in self._pictures.values() if picture is not None]
        height, width = (max(side) for side in zip(*sizes, strict=True))
        if self._batch.shape[:3] != (len(ranks), height, width):
            if len(self._batch) != len(ranks):  # else a picture one texel higher might change all the others' sizes
                self._columns = max(1, min(len(ranks), math.ceil(math.sqrt(len(ranks) * height / width) - 0.1)))
            self._batch = torch.full((len(ranks), height, width, 3), EMPTY, dtype=torch.uint8)
            self._new = {rank for rank in ranks if self._pictures[rank] is not None}
            self.canvas.bind(self._batch, layout="NHWC", columns=self._columns)
            self._written = []
        for place, rank in enumerate(ranks):
            picture = self._pictures[rank]
            if rank in self._new and picture is not None:
                high, wide = picture.shape[:2]
                slot = self._batch.numpy()[place]  # torch would wait for threads that share the work
                if (high, wide) != (height, width):
                    slot.fill(EMPTY)
                top, left = (height - high) // 2, (width - wide) // 2
                slot[top : top + high, left : left + wide] = picture
        self._batch[:0].zero_()  # writes nothing, but torch counts it
        self._new.clear()
