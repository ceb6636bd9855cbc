"""Pictures in the making on a GPU, whatever makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch

from ...pictures.jpeg_thread import Files, JpegThread
from ..compositor import CompositorError


class Moment(NamedTuple):
    """The time at which pictures are finished. `reached` polls, `wait` blocks; any thread may call them."""

    reached: Callable[[], bool]
    wait: Callable[[], None]


@dataclass  # no slots: it needs weak references
class GpuFrame:
    """A `Composite` of ``pictures``, (height, width, 4) uint8 each, which are finished at ``there``.

    Downloads run on a separate ``stream``, so that they wait for no other work of the GPU. ``encoder`` makes files on
    its own thread. ``name`` is the compositor's, for errors.
    """

    name: str
    pictures: Sequence[torch.Tensor]
    there: Moment
    encoder: JpegThread
    stream: torch.cuda.Stream
    held_up: float = 0.0
    _prepared: list[Files] = field(default_factory=list, init=False)
    _files: dict[tuple[int, int], tuple[Files, int]] = field(default_factory=dict, init=False)

    @property
    def ready(self) -> bool:
        """See `Composite.ready`."""
        for files in self._prepared:  # their encoding waits for the pictures
            if files.unfinished():
                return False
        return bool(self._prepared) or self.there.reached()

    def prepare(self, qualities: Mapping[int, int]) -> None:
        """See `Composite.prepare`."""
        new = [asked for asked in qualities.items() if asked not in self._files]
        if new:
            jobs = [(self.pictures[index], quality) for index, quality in new]
            files = self.encoder.start(jobs, self.stream, self.there.wait)
            self._prepared.append(files)
            for place, asked in enumerate(new):
                self._files[asked] = files, place

    @property
    def problem(self) -> str:
        """See `Composite.problem`."""
        for files in self._prepared:
            if files.problem:
                return files.problem
        return ""

    def pixels(self, index: int) -> np.ndarray:
        """See `Composite.pixels`."""
        try:
            self.there.wait()
            with torch.cuda.stream(self.stream):
                return self.pictures[index].cpu().numpy()
        except RuntimeError as error:
            raise CompositorError(f"{self.name}: {error}") from error

    def jpeg(self, index: int, quality: int) -> bytes:
        """See `Composite.jpeg`."""
        if (index, quality) not in self._files:
            self.prepare({index: quality})
        files, place = self._files[index, quality]
        try:
            return files.result()[place]
        except RuntimeError as error:
            raise CompositorError(f"{self.name}: {error}") from error

    def settle(self) -> None:
        """Waits until the pictures are no longer read."""
        for files in self._prepared:
            files.wait()
