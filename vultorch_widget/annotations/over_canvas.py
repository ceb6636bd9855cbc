"""The boxes, points and captions of one canvas."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, Protocol

from ..protocol.messages import Marks
from .given import NONE, Reader, Shapes, Shown, read_captions
from .label_colors import LabelColors


class Placed(Protocol):
    """Where the pictures of a canvas lie, in texels of the canvas; see `pictures.grid.Grid`."""

    @property
    def count(self) -> int:
        """How many pictures there are."""

    @property
    def width(self) -> int:
        """Texels of each picture."""

    @property
    def height(self) -> int:
        """Texels of each picture."""

    def origin(self, index: int) -> tuple[int, int]:
        """The (x, y) of the top left corner of picture ``index``."""


class OverCanvas:
    """What is drawn over the pictures of one canvas, until it is set again. ``where`` begins all errors.

    Coordinates are copied when they are given. Those of a picture that is bound later are not checked against its size.
    """

    def __init__(self, where: str, colors: LabelColors) -> None:
        self._where = where
        self._readers = {kind: Reader(where, kind, colors) for kind in ("box", "point")}
        self._boxes: tuple[Shapes, ...] = ()
        self._points: tuple[Shapes, ...] = ()
        self._captions: tuple[str, ...] = ()
        self._marks: tuple[Marks, ...] | None = None
        self._placed: Placed | None = None

    @property
    def empty(self) -> bool:
        """True if nothing is drawn, whatever is bound."""
        return not (self._boxes or self._points or self._captions)

    def set_boxes(self, xyxy: Any, labels: Any, scores: Any, placed: Placed | None) -> None:
        """Replaces the boxes; see `Canvas.boxes`. ``placed`` is what the canvas shows, None if nothing is bound."""
        self._boxes = self._readers["box"].read(xyxy, labels, scores, _shown(placed))
        self._marks = None

    def set_points(self, xy: Any, labels: Any, scores: Any, placed: Placed | None) -> None:
        """Replaces the points; see `Canvas.points`."""
        self._points = self._readers["point"].read(xy, labels, scores, _shown(placed))
        self._marks = None

    def set_captions(self, captions: Any, placed: Placed | None) -> None:
        """Replaces the captions; see `Canvas.captions`."""
        self._captions = read_captions(captions, _shown(placed), self._where)
        self._marks = None

    def marks(self, placed: Placed | None) -> tuple[Marks, ...]:
        """What is drawn now. The same object as before if nothing has changed."""
        if placed is None:
            return ()
        if self._marks is None or placed != self._placed:
            self._placed = placed
            self._marks = tuple(self._each(placed))
        return self._marks

    def _each(self, placed: Placed) -> Sequence[Marks]:
        given = zip_longest(self._boxes, self._points, self._captions)
        return [
            _marks(placed, index, boxes or NONE, points or NONE, caption or "")
            for index, (boxes, points, caption) in enumerate(given)
            if index < placed.count and ((boxes and boxes.texts) or (points and points.texts) or caption)
        ]


def _shown(placed: Placed | None) -> Shown | None:
    return None if placed is None else Shown(placed.count, placed.width, placed.height)


def _marks(placed: Placed, index: int, boxes: Shapes, points: Shapes, caption: str) -> Marks:
    left, top = placed.origin(index)
    return Marks(
        area=(left, top, left + placed.width, top + placed.height),
        caption=caption,
        boxes=_moved(boxes.numbers, left, top),
        box_texts=boxes.texts,
        box_colors=boxes.colors,
        points=_moved(points.numbers, left, top),
        point_texts=points.texts,
        point_colors=points.colors,
    )


def _moved(numbers: Sequence[float], left: int, top: int) -> tuple[float, ...]:
    """``numbers``, x and y in turn, moved by (left, top)."""
    if left == top == 0:
        return tuple(numbers)
    moved = (number + (left if at % 2 == 0 else top) for at, number in enumerate(numbers))
    return tuple(round(number, 3) for number in moved)
