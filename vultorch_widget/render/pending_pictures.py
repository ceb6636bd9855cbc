"""Pictures in the making and their purpose: submitted now, collected at a later tick."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from .plan import Tile
from .renderer import Renderer, Rendering

T = TypeVar("T")


class PendingPictures(Generic[T]):
    """Holds at most one submission to ``renderer``, with the ``purpose`` of its pictures. For one thread."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._under_way: tuple[Rendering, T] | None = None

    def __bool__(self) -> bool:
        """True if a submission has not been collected yet."""
        return self._under_way is not None

    def submit(self, tiles: Sequence[Tile], purpose: T, jpeg: Mapping[int, int] | None = None) -> float:
        """Starts ``tiles``, replacing any earlier submission. ``jpeg`` maps the indexes of tiles wanted as JPEG files
        to their qualities; see `Rendering.prepare`. Returns the seconds for which that holds up a GPU; see
        `Composite.held_up`.
        """
        rendering = self._renderer.submit(tiles)
        if jpeg:
            rendering.prepare(jpeg)
        self._under_way = rendering, purpose
        return rendering.held_up

    @property
    def waiting(self) -> bool:
        """True if a submission is still in the making."""
        return self._under_way is not None and not self._under_way[0].ready

    def collect(self, patience: float = 0.0) -> tuple[Rendering, T] | None:
        """Returns the pictures and their purpose, once; None if they are not ready within ``patience`` seconds.

        The pictures of a ``stale`` rendering are lost: the renderer received another submission meanwhile.
        """
        if self._under_way is None or not (self._under_way[0].stale or _is_ready(self._under_way[0], patience)):
            return None
        collected, self._under_way = self._under_way, None
        return collected

    def forget(self) -> None:
        """Discards the submission."""
        self._under_way = None


def _is_ready(rendering: Rendering, patience: float) -> bool:
    """Polls for ``patience`` seconds at most."""
    deadline = time.perf_counter() + patience
    while not rendering.ready:
        if time.perf_counter() > deadline:
            return False
        time.sleep(0)
    return True
