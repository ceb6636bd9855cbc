"""The pictures of one view that are not for its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..inspection.pins import Pins
from ..metrics import Metrics
from ..pictures.pixels import Pixels
from ..render.renderer import Renderer
from ..replay import ReplayBuilder
from ..tree.canvas import Canvas
from ..tree.view_tree import Tree
from ..video import Films
from .film_frames import FilmFrames
from .replay_frames import ReplayFrames
from .snapshot import composite, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image

    from ..render.backends import Preference


class Offscreen:
    """The key frames of a replay, the frames of films, and snapshots. Runs on the owner's thread.

    A renderer has one frame in flight at a time. Frames for pages and for films are collected at a later tick than they
    were submitted, so each kind needs its own renderer, and all other pictures need a third. ``tell`` and ``warn`` show
    the user a sentence; a warning must not be missed.
    """

    def __init__(
        self,
        tree: Tree,
        metrics: Metrics,
        pins: Pins,
        builder: ReplayBuilder,
        prefer: Preference,
        *,
        tell: Callable[[str], None],
        warn: Callable[[str], None],
    ) -> None:
        self.renderer = Renderer(prefer, tell)
        self.replay = ReplayFrames(tree, self.renderer, metrics, pins, builder, tell)
        self.films = Films()
        self.film_renderer = Renderer(prefer, tell)
        self.film_frames = FilmFrames(tree, self.film_renderer, self.films, warn)
        self._tree = tree

    def composite(self, canvas: Canvas) -> Pixels | None:
        """Returns what ``canvas`` shows, one pixel per texel, or None if its tensor has none.

        The array is (height, width, 4) uint8 and valid until the next call.
        """
        return composite([canvas], self.renderer).get(canvas.id)

    def snapshot(self) -> Image | None:
        """Returns what all canvases show, in their layout, or None if there is nothing to show."""
        return snapshot(self._tree, self.renderer)

    def close_films(self) -> None:
        """Saves the running films and reports the results."""
        self.film_frames.close()

    def close(self) -> None:
        """Frees the renderers' memory."""
        self.renderer.close()
        self.film_renderer.close()
