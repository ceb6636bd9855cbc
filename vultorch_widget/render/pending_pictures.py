"""Pictures that devices are at work on, with what they are for: submitted now, collected at a later tick."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from .plan import Tile
from .renderer import Renderer, Rendering

T = TypeVar("T")


class PendingPictures(Generic[T]):
    """At most one submission to ``renderer``, and the ``purpose`` of its pictures. One thread."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._under_way: tuple[Rendering, T] | None = None

    def __bool__(self) -> bool:
        """Whether pictures were submitted and not collected."""
        return self._under_way is not None

    def submit(self, tiles: Sequence[Tile], purpose: T, jpeg: Mapping[int, int] | None = None) -> None:
        """Starts ``tiles``. ``jpeg`` has the qualities of those that will be asked for as files; see
        `Rendering.prepare`. What was submitted before is forgotten.
        """
        rendering = self._renderer.submit(tiles)
        if jpeg:
            rendering.prepare(jpeg)
        self._under_way = rendering, purpose

    @property
    def waiting(self) -> bool:
        """Whether pictures were submitted and are not there yet."""
        return self._under_way is not None and not self._under_way[0].ready

    def collect(self, patience: float = 0.0) -> tuple[Rendering, T] | None:
        """The pictures and their purpose, once; None where there are none yet, ``patience`` seconds from now.

        A rendering that is ``stale`` has lost its pictures: the renderer was given something else meanwhile.
        """
        if self._under_way is None or not (self._under_way[0].stale or _is_ready(self._under_way[0], patience)):
            return None
        collected, self._under_way = self._under_way, None
        return collected

    def forget(self) -> None:
        """What was submitted is not wanted any more."""
        self._under_way = None


def _is_ready(rendering: Rendering, patience: float) -> bool:
    """Whether the devices are done, asked for ``patience`` seconds at most."""
    deadline = time.perf_counter() + patience
    while not rendering.ready:
        if time.perf_counter() > deadline:
            return False
        time.sleep(0)
    return True
