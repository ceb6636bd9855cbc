"""Pictures that a GPU is at work on, whichever way it makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from ...pictures.jpeg_thread import Files, JpegThread
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
    _prepared: list[Files] = field(default_factory=list, init=False)
    _files: dict[tuple[int, int], tuple[Files, int]] = field(default_factory=dict, init=False)

    @property
    def ready(self) -> bool:
        """See `Composite.ready`."""
        if self._prepared:  # which are made of pictures that are there
            return all(files.done for files in self._prepared)
        return self.there.reached()

    def prepare(self, qualities: Mapping[int, int]) -> None:
        """See `Composite.prepare`."""
        new = [asked for asked in qualities.items() if asked not in self._files]
        if new:
            jobs = [(self.pictures[index], quality) for index, quality in new]
            files = self.encoder.start(jobs, self.stream, self.there.wait)
            self._prepared.append(files)
            self._files.update({asked: (files, place) for place, asked in enumerate(new)})

    def pixels(self, index: int) -> np.ndarray:
        """See `Composite.pixels`."""
        self.there.wait()
        with torch.cuda.stream(self.stream):
            return self.pictures[index].cpu().numpy()

    def jpeg(self, index: int, quality: int) -> bytes:
        """See `Composite.jpeg`."""
        self.prepare({index: quality})
        files, place = self._files[index, quality]
        try:
            return files.result()[place]
        except RuntimeError as error:
            raise CompositorError(f"{self.name}: {error}") from error

    def settle(self) -> None:
        """Returns when nothing reads the pictures any more."""
        for files in self._prepared:
            files.wait()
