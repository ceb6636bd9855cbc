"""Current pictures of canvases at the resolution of their tensors, for files and display. No page is needed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from ..pictures.pixels import Pixels
from ..pictures.sheet import MOST_PIXELS, MOST_SIDE, Overdrawn, Picture, laid_out
from ..render.renderer import Renderer
from ..tree.canvas import Canvas
from ..tree.tiles import plan_all
from ..tree.view_tree import Tree

if TYPE_CHECKING:
    from PIL.Image import Image

    from ..annotations.drawing import Over


Shown = TypeVar("Shown")


def composite(canvases: Iterable[Canvas], renderer: Renderer) -> dict[str, Pixels]:
    """Returns what each of ``canvases`` shows, by id: (height, width, 4) uint8, valid until the renderer's next
    submission.

    Canvases with nothing to show are left out. Waits for the device.
    """
    return _composite(sizes(canvases), renderer)


def snapshot(tree: Tree, renderer: Renderer) -> Image | None:
    """Returns all pictures of a view in its layout, or None if there are none. `pictures.sheet` limits the size."""
    rooms = within(sizes(tree.canvases()), MOST_SIDE, MOST_PIXELS)
    over = drawn_over(tree.canvases())
    pictures = {canvas: overdrawn(pixels, over.get(canvas)) for canvas, pixels in _composite(rooms, renderer).items()}
    return laid_out(tree.layout(), by_panel(tree, pictures))


def drawn_over(canvases: Iterable[Canvas]) -> dict[str, Over]:
    """Returns what is currently drawn over the pictures of ``canvases``, by id. Canvases without annotations are left
    out.
    """
    return {canvas.id: over for canvas in canvases if (over := canvas.over()) is not None}


def overdrawn(pixels: Pixels, over: Over | None) -> Picture:
    """Returns ``pixels`` with ``over`` to be drawn over them."""
    return pixels if over is None else Overdrawn(pixels, over)


def _composite(rooms: Mapping[Canvas, tuple[int, int]], renderer: Renderer) -> dict[str, Pixels]:
    tiles = plan_all(rooms, {canvas.id: room for canvas, room in rooms.items()}, as_set=True)
    return dict(zip(tiles, renderer.compose(list(tiles.values())), strict=True))


def sizes(canvases: Iterable[Canvas]) -> dict[Canvas, tuple[int, int]]:
    """Returns width and height in texels of each canvas that has something to show."""
    shown = {canvas: canvas.grid for canvas in canvases}
    return {canvas: grid.size[::-1] for canvas, grid in shown.items() if grid is not None}


def within(texels: Mapping[Canvas, tuple[int, int]], most_side: int, most_pixels: int) -> dict[Canvas, tuple[int, int]]:
    """Returns ``texels`` (width, height), reduced to at most ``most_side`` per side and an equal share of
    ``most_pixels``.
    """
    share = most_pixels / max(1, len(texels))
    rooms: dict[Canvas, tuple[int, int]] = {}
    for canvas, (width, height) in texels.items():
        scale = min(1.0, most_side / max(1, width, height), math.sqrt(share / max(1, width * height)))
        rooms[canvas] = (max(1, round(width * scale)), max(1, round(height * scale)))
    return rooms


def by_panel(tree: Tree, pictures: Mapping[str, Shown]) -> dict[str, list[Shown]]:
    """Returns the ``pictures``, given by canvas id, grouped by panel id of ``tree``."""
    return {
        panel.id: [pictures[canvas.id] for canvas in panel.canvases.values() if canvas.id in pictures]
        for panel in tree.panels.values()
    }
