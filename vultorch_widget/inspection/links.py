"""Which canvases of a view zoom, pan and probe together."""

from __future__ import annotations

from typing import Protocol
from weakref import WeakValueDictionary

from ..pictures.grid import Grid

AUTO = "auto"
"""Links all canvases of a view that have this link and the same size."""


class Linkable(Protocol):
    """A canvas, as far as its link is concerned."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def link(self) -> str | None:
        """The name of its link, or None if it moves alone."""

    @property
    def grid(self) -> Grid | None:
        """Its size; None if it shows nothing."""


class Links:
    """The canvases of one view that are linked under a name chosen by the user. They must have the same size."""

    def __init__(self) -> None:
        self._named: WeakValueDictionary[int, Linkable] = WeakValueDictionary()

    def join(self, canvas: Linkable, link: str | None) -> None:
        """Links ``canvas``. Raises ValueError as `check` does, and if ``link`` is neither None nor a name."""
        if link is not None and (not isinstance(link, str) or not link):
            raise ValueError(f"canvas {canvas.name!r}: link must be {AUTO!r}, a name or None, not {link!r}")
        self.check(canvas, link, canvas.grid)
        if link in (None, AUTO):
            self._named.pop(id(canvas), None)
        else:
            self._named[id(canvas)] = canvas

    def check(self, canvas: Linkable, link: str | None, grid: Grid | None) -> None:
        """Raises ValueError, naming both, if ``canvas`` would be linked by name with a canvas of a different size."""
        if link in (None, AUTO) or grid is None:
            return
        height, width = grid.size
        for other in self._named.values():
            if other is canvas or other.link != link or (known := other.grid) is None or known.size == grid.size:
                continue
            raise ValueError(
                f"canvas {canvas.name!r} of {width} x {height} texels cannot be linked as {link!r} with canvas "
                f"{other.name!r} of {known.size[1]} x {known.size[0]}: they would show different parts. Give one of "
                "them another `link`, or None"
            )
