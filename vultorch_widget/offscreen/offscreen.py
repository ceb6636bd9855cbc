"""The pictures of one view that are made beside those for its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    """The key frames of a replay, the frames of films, and snapshots. On the owner's thread.

    Each renderer has one frame on its way at a time. Those for pages and for films are collected at a later tick than
    they were begun, so that neither can be made by the renderer of the other, or by the one for everything else.
    ``tell`` and ``warn`` take a sentence for the user; a warning must not be missed.
    """

    def __init__(
        self,
        tree: Tree,
        metrics: Metrics,
        builder: ReplayBuilder,
        prefer: Preference,
        *,
        tell: Callable[[str], None],
        warn: Callable[[str], None],
    ) -> None:
        self.renderer = Renderer(prefer, tell)
        self.replay = ReplayFrames(tree, self.renderer, metrics, builder, tell)
        self.films = Films()
        self.film_renderer = Renderer(prefer, tell)
        self.film_frames = FilmFrames(tree, self.film_renderer, self.films, warn)
        self._tree = tree

    def composite(self, canvas: Canvas) -> Pixels | None:
        """What ``canvas`` shows, (height, width, 4) uint8 with a pixel for each texel, valid until the next call; None
        where its tensor has none.
        """
        return composite([canvas], self.renderer).get(canvas.id)

    def snapshot(self) -> Image | None:
        """What all canvases show, in their layout; None where there is nothing to show."""
        return snapshot(self._tree, self.renderer)

    def close_films(self) -> None:
        """Saves what is being filmed, and tells how that went."""
        self.film_frames.close()

    def close(self) -> None:
        """Returns the renderers' memory."""
        self.renderer.close()
        self.film_renderer.close()
