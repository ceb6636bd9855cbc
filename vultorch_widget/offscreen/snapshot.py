"""Pictures of canvases as of now, at the resolution of their tensors, for files and for people; no page is needed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ..pictures import tensors
from ..pictures.pixels import Pixels
from ..pictures.sheet import MOST_PIXELS, MOST_SIDE, laid_out
from ..render.renderer import Renderer
from ..tree.canvas import Canvas
from ..tree.tiles import plan_all
from ..tree.view_tree import Tree

if TYPE_CHECKING:
    from PIL.Image import Image


def composite(canvases: Iterable[Canvas], renderer: Renderer) -> dict[str, Pixels]:
    """What each of ``canvases`` shows, by its id: (height, width, 4) uint8, valid until the renderer's next submission.

    Those that have nothing to show are left out. Waits for the device.
    """
    return _composite(sizes(canvases), renderer)


def snapshot(tree: Tree, renderer: Renderer) -> Image | None:
    """All pictures of a view in its layout; None where there are none. See `pictures.sheet` for how large it may be."""
    rooms = within(sizes(tree.canvases()), MOST_SIDE, MOST_PIXELS)
    return laid_out(tree.layout(), by_panel(tree, _composite(rooms, renderer)))


def _composite(rooms: Mapping[Canvas, tuple[int, int]], renderer: Renderer) -> dict[str, Pixels]:
    tiles = plan_all(rooms, {canvas.id: room for canvas, room in rooms.items()})
    return dict(zip(tiles, renderer.compose(list(tiles.values())), strict=True))


def sizes(canvases: Iterable[Canvas]) -> dict[Canvas, tuple[int, int]]:
    """Width and height in texels of those that have something to show."""
    shown = [canvas for canvas in canvases if canvas.tensor is not None and not canvas.problem()]
    return {canvas: tensors.size(canvas.tensor)[::-1] for canvas in shown if canvas.tensor is not None}


def within(texels: Mapping[Canvas, tuple[int, int]], most_side: int, most_pixels: int) -> dict[Canvas, tuple[int, int]]:
    """``texels`` (width, height), reduced where one has more than ``most_side`` a side or its share of ``most_pixels``.

    All have the same share.
    """
    share = most_pixels / max(1, len(texels))
    rooms: dict[Canvas, tuple[int, int]] = {}
    for canvas, (width, height) in texels.items():
        scale = min(1.0, most_side / max(1, width, height), math.sqrt(share / max(1, width * height)))
        rooms[canvas] = (max(1, round(width * scale)), max(1, round(height * scale)))
    return rooms


def by_panel(tree: Tree, pictures: Mapping[str, Pixels]) -> dict[str, list[Pixels]]:
    """The ``pictures`` of canvases, by canvas id, that each panel of ``tree`` has, by panel id."""
    return {
        panel.id: [pictures[canvas.id] for canvas in panel.canvases.values() if canvas.id in pictures]
        for panel in tree.panels.values()
    }
