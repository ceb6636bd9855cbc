"""Pictures that a GPU is at work on, whichever way it makes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field

import numpy as np
import torch

from ...codec.jpeg_thread import JpegThread
from ..compositor import CompositorError


@dataclass(frozen=True, slots=True)
class Moment:
    """When pictures are there. `reached` does not wait, and `wait` does; both are called on any thread."""

    reached: Callable[[], bool]
    wait: Callable[[], None]


@dataclass  # without slots, for it is referred to weakly
class GpuFrame:
    """A `Composite` of ``pictures``, (height, width, 4) uint8 each, once ``there``.

    What reads one waits for nothing else that the GPU has to do: it has a ``stream`` of its own. Files are made by
    ``encoder``, on its thread. ``name`` is the compositor's, for errors.
    """

    name: str
    pictures: Sequence[torch.Tensor]
    there: Moment
    encoder: JpegThread
    stream: torch.cuda.Stream
    _files: dict[tuple[int, int], Future[bytes]] = field(default_factory=dict, init=False)

    @property
    def ready(self) -> bool:
        """See `Composite.ready`."""
        if self._files:  # which are made of pictures that are there
            return all(file.done() for file in self._files.values())
        return self.there.reached()

    def prepare(self, index: int, quality: int) -> None:
        """See `Composite.prepare`."""
        if (index, quality) not in self._files:
            self._files[index, quality] = self.encoder.start(
                self.pictures[index], quality, self.stream, self.there.wait
            )

    def pixels(self, index: int) -> np.ndarray:
        """See `Composite.pixels`."""
        self.there.wait()
        with torch.cuda.stream(self.stream):
            return self.pictures[index].cpu().numpy()

    def jpeg(self, index: int, quality: int) -> bytes:
        """See `Composite.jpeg`."""
        self.prepare(index, quality)
        try:
            return self._files[index, quality].result()
        except RuntimeError as error:
            raise CompositorError(f"{self.name}: {error}") from error

    def settle(self) -> None:
        """Returns when nothing reads the pictures any more."""
        wait(self._files.values())
