"""Which part of a picture the pages show, and what has to be composited for it.

Coordinates are texels: x goes right, y down, (0, 0) is the outer top left corner.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

Viewport = tuple[float, float, float, float]
"""Left, top, right and bottom in texels."""
Room = tuple[int, int]
"""Device pixels (width, height)."""

MOST_ENLARGED = 2
"""Limit on how many times wider or higher a picture for several pages with different viewports may be than the largest
of them needs. Without it, its size would grow with the tensor instead of the screens."""


def combined(shown: Iterable[tuple[Room, Viewport | None]]) -> tuple[Room, Viewport | None]:
    """One room and viewport that suit all pages showing a canvas, from those of each page. None means the whole
    picture.
    """
    pages = list(shown)
    rooms, viewports = [room for room, _ in pages], {viewport for _, viewport in pages}
    width, height = max(room[0] for room in rooms), max(room[1] for room in rooms)
    if len(viewports) == 1:
        return (width, height), viewports.pop()
    if None in viewports:
        return (MOST_ENLARGED * width, MOST_ENLARGED * height), None
    known = [(room, viewport) for room, viewport in pages if viewport is not None]
    left, top = min(v[0] for _, v in known), min(v[1] for _, v in known)
    right, bottom = max(v[2] for _, v in known), max(v[3] for _, v in known)
    across = max(room[0] / (v[2] - v[0]) for room, v in known) * (right - left)
    down = max(room[1] / (v[3] - v[1]) for room, v in known) * (bottom - top)
    room = min(MOST_ENLARGED * width, math.ceil(across)), min(MOST_ENLARGED * height, math.ceil(down))
    return room, (left, top, right, bottom)


def visible(viewport: Viewport, room: Room, width: int, height: int) -> tuple[Room, Viewport | None]:
    """The room and the crop to composite so that a page can show ``viewport`` of a picture of ``width`` x ``height``
    texels in ``room``.

    If a texel takes a device pixel or more, the page magnifies: the crop has whole texels, one pixel each. The crop is
    None, meaning the whole picture, if the viewport is outside the picture, which has then just become smaller.
    """
    left, top, right, bottom = viewport
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        return room, None
    if right - left > room[0] or bottom - top > room[1]:
        return room, viewport
    left, top, right, bottom = math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)
    return (right - left, bottom - top), (left, top, right, bottom)
