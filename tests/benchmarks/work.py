"""The benchmarked work: the same loop, run bare or as a view's callback. Imported by the kernel."""

from __future__ import annotations

import itertools
import time
from typing import Protocol

import numpy as np
import torch

import vultorch_widget as vultorch
from vultorch_widget.training.coordinates import coordinates
from vultorch_widget.training.emblem import emblem
from vultorch_widget.training.image_fit import ImageFit

from .stamp import Stamp

SIZE = 256
STEPS = 6
RING = 24


def truth(size: int) -> torch.Tensor:
    """The emblem: (size, size, 3) float32 in 0..1."""
    return torch.from_numpy(np.array(emblem(size))).float() / 255


class Training(Protocol):
    """Takes the steps of a tick and returns the picture to show: (SIZE, SIZE, 3)."""

    def __call__(self) -> torch.Tensor: ...


class SeedTraining:
    """The seed's work: six full-batch steps on 65,536 pixels, then a forward pass over all of them."""

    def __init__(self) -> None:
        self._fit = ImageFit(truth(SIZE), seed=0)

    def __call__(self) -> torch.Tensor:
        self._fit.step(STEPS)
        return self._fit.predict()


class DisplayBoundTraining:
    """Six steps on 1,024 pixels. The picture comes from a ring of 24 that were predicted beforehand."""

    def __init__(self) -> None:
        self._fit = ImageFit(truth(32), seed=0)
        self._ring = itertools.cycle(self._predictions())

    def _predictions(self) -> list[torch.Tensor]:
        places = coordinates(SIZE, SIZE)
        pictures = []
        for _ in range(RING):
            self._fit.step(20)
            with torch.no_grad():
                pictures.append(self._fit.model(places).reshape(SIZE, SIZE, 3))
        return pictures

    def __call__(self) -> torch.Tensor:
        self._fit.step(STEPS)
        return next(self._ring)


class Work:
    """A training, the picture that it writes, and when each of its frames was ready."""

    def __init__(self, training: Training, picture: torch.Tensor) -> None:
        picture[..., 3] = 1.0
        self.picture = picture
        self.started: list[float] = []  # seconds since the epoch, one per tick
        self.ready: list[float] = []
        self.training = training
        self._stamp = Stamp(picture)

    @property
    def ticks(self) -> int:
        """Ticks that have ended."""
        return len(self.ready)

    def tick(self) -> None:
        """One tick, bare or not: steps, picture, stamp."""
        self.started.append(time.time())
        self.picture[..., :3] = self.training()
        self._stamp.write(len(self.ready))
        self.ready.append(time.time())


def new(training: Training, *, title: str, headless: bool = False) -> tuple[vultorch.View, Work]:
    """A view of the picture, beside its ground truth, and the work that makes it."""
    view = vultorch.View(title, 1000, 500, headless=headless)
    view.panel("GT").canvas("gt").bind(truth(SIZE))
    picture = vultorch.create_tensor(SIZE, SIZE, 4, "cpu", window=view.window)
    view.panel("Training Output").canvas("pred").bind(picture)
    return view, Work(training, picture)
