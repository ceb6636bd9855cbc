"""Pictures of canvases as of now, at the resolution of their tensors, for files and for people; no page is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from .canvas import Canvas
from .codec.pixels import Pixels
from .record.sheet import laid_out, legible
from .render import tensors
from .renderer import Renderer
from .stage import plan_all
from .tree import Tree

if TYPE_CHECKING:
    from PIL.Image import Image


def composite(canvases: Iterable[Canvas], renderer: Renderer) -> dict[str, Pixels]:
    """What each of ``canvases`` shows, by its id: (height, width, 4) uint8, valid until the renderer's next submission.

    Those that have nothing to show are left out. Waits for the device.
    """
    bound = {
        canvas: tensors.size(canvas.tensor) for canvas in canvases if canvas.tensor is not None and not canvas.problem()
    }
    tiles = plan_all(bound, {canvas.id: (width, height) for canvas, (height, width) in bound.items()})
    return dict(zip(tiles, renderer.compose(list(tiles.values())), strict=True))


def snapshot(tree: Tree, renderer: Renderer) -> Image | None:
    """All pictures of a view in its layout; None where there are none."""
    image = laid_out(tree.layout(), by_panel(tree, composite(tree.canvases(), renderer)))
    return None if image is None else legible(image)


def by_panel(tree: Tree, pictures: Mapping[str, Pixels]) -> dict[str, list[Pixels]]:
    """The ``pictures`` of canvases, by canvas id, that each panel of ``tree`` has, by panel id."""
    return {
        panel.id: [pictures[canvas.id] for canvas in panel.canvases.values() if canvas.id in pictures]
        for panel in tree.panels.values()
    }
