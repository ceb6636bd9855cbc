"""Pictures in the making and their purpose: submitted now, collected at a later tick."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from .plan import Tile
from .renderer import Renderer, Rendering

T = TypeVar("T")


class PendingPictures(Generic[T]):
    """Holds at most one submission to ``renderer``, with the ``purpose`` of its pictures. For one thread.

    Attributes:
        rendering: The submission that has not been collected yet, or None.

    """

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self.rendering: Rendering | None = None
        self._purpose: T | None = None

    def __bool__(self) -> bool:
        """True if a submission has not been collected yet."""
        return self.rendering is not None

    def submit(self, tiles: Sequence[Tile], purpose: T, jpeg: Mapping[int, int] | None = None) -> Rendering:
        """Starts ``tiles``, replacing any earlier submission, and returns the new one. ``jpeg`` maps the indexes of
        tiles wanted as JPEG files to their qualities; see `Rendering.prepare`.
        """
        rendering = self._renderer.submit(tiles)
        if jpeg:
            rendering.prepare(jpeg)
        self.rendering, self._purpose = rendering, purpose
        return rendering

    def collect(self, patience: float = 0.0) -> tuple[Rendering, T] | None:
        """Returns the pictures and their purpose, once; None if they are not ready within ``patience`` seconds.

        The pictures of a ``stale`` rendering are lost: the renderer received another submission meanwhile.
        """
        rendering = self.rendering
        if rendering is None or not (rendering.stale or _is_ready(rendering, patience)):
            return None
        purpose = self.forget()
        assert purpose is not None
        return rendering, purpose

    def forget(self) -> T | None:
        """Discards the submission, if any, and returns its purpose."""
        purpose = self._purpose
        self.rendering = self._purpose = None
        return purpose


def _is_ready(rendering: Rendering, patience: float) -> bool:
    """Polls for ``patience`` seconds at most."""
    if patience <= 0:
        return rendering.ready
    deadline = time.perf_counter() + patience
    while not rendering.ready:
        if time.perf_counter() > deadline:
            return False
        time.sleep(0)
    return True
