"""Takes the frames of a view's films: of one canvas at its tensor's resolution, or of all canvases in their layout.

A separate renderer composites the pictures, whether or not a page shows them. Each film's thread assembles its frames.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..pictures.pixels import Pixels
from ..pictures.sheet import Picture, laid_out, on_white
from ..protocol.messages import Leaf, Split
from ..render.pending_pictures import PendingPictures
from ..render.renderer import Renderer, Rendering
from ..tree.canvas import Canvas
from ..tree.tiles import plan_all
from ..tree.view_tree import Tree
from ..video import VIEW, Films, Shot
from .snapshot import by_panel, drawn_over, overdrawn, sizes, within

if TYPE_CHECKING:
    from ..annotations.drawing import Over

MOST_SIDE = 3840
"""Maximum pixels per side of a frame. Larger tensors are averaged."""
MOST_PIXELS = MOST_SIDE * 2160
"""Maximum pixels in a frame of a whole view."""


class _Frame(NamedTuple):
    """What the pictures in flight are for: the ``subjects`` to film, what is drawn ``over`` each canvas, and the time
    ``at`` in seconds.
    """

    subjects: list[str]
    canvases: list[str]
    over: dict[str, Over]
    at: float


class FilmFrames:
    """Takes the frames for the films of ``tree``. All methods run on the owner's thread. ``notify`` shows the user a
    sentence.
    """

    def __init__(self, tree: Tree, renderer: Renderer, films: Films, notify: Callable[[str], None]) -> None:
        self._tree = tree
        self.films = films
        self._notify = notify
        self._pending: PendingPictures[_Frame] = PendingPictures(renderer)

    def take(self, now: float) -> None:
        """Takes a frame for each film that is due, and reports errors. Does not wait for a device.

        ``now`` is in seconds of `time.monotonic`.
        """
        self._tell()
        if self.films.idle:
            self._pending.forget()
            return
        self._collect()  # first, because the tick that ends one frame can begin the next
        if not self._pending and (subjects := self.films.due(now)):
            self._begin(subjects, now)
            self._collect()

    def close(self) -> None:
        """Waits until every film is saved."""
        self._pending.forget()
        self.films.close()
        self._tell()

    def _tell(self) -> None:
        for sentence in self.films.news():
            self._notify(sentence)

    def _begin(self, subjects: list[str], now: float) -> None:
        rooms = self._rooms(subjects)
        tiles = plan_all(rooms, {canvas.id: room for canvas, room in rooms.items()}, as_set=True)
        if tiles:
            self._pending.submit(list(tiles.values()), _Frame(subjects, list(tiles), drawn_over(rooms), now))

    def _collect(self) -> None:
        if (collected := self._pending.collect()) is not None:
            self._offer(*collected)

    def _rooms(self, subjects: list[str]) -> dict[Canvas, tuple[int, int]]:
        """Returns the size limit (width, height) in pixels of each canvas to film, alone or as a part of the view."""
        alone = {canvas: (MOST_SIDE, MOST_SIDE) for canvas in self._tree.canvases() if canvas.id in subjects}
        if VIEW not in subjects:
            return alone
        return {**within(sizes(self._tree.canvases()), MOST_SIDE, MOST_PIXELS), **alone}

    def _offer(self, rendering: Rendering, frame: _Frame) -> None:
        # Copied because the renderer reuses its memory for the next frame.
        pictures = {canvas: rendering.pixels(index).copy() for index, canvas in enumerate(frame.canvases)}
        for subject in frame.subjects:
            if subject == VIEW:
                shown = {canvas: overdrawn(pixels, frame.over.get(canvas)) for canvas, pixels in pictures.items()}
                draw = partial(_sheet, self._tree.layout(), by_panel(self._tree, shown))
                size = sum(pixels.nbytes for pixels in pictures.values())
                self.films.offer(subject, Shot(draw, size, frame.at))
            elif subject in pictures:
                pixels = pictures[subject]
                over = frame.over.get(subject)
                alone = partial(np.asarray, pixels) if over is None else partial(over.drawn, pixels)
                self.films.offer(subject, Shot(alone, pixels.nbytes, frame.at))


def _sheet(layout: Leaf | Split | None, panels: Mapping[str, Sequence[Picture]]) -> Pixels:
    """Returns the pictures of ``panels``, at least one, in their layout: (height, width, 3) uint8."""
    image = laid_out(layout, panels, most_side=MOST_SIDE, most_pixels=MOST_PIXELS)
    if image is None:
        raise ValueError(f"no panel of {', '.join(panels)} has a picture")
    return on_white(image)
