"""Encodes on a GPU as long as that works, and tries again some time after it has failed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import torch

PAUSE = 10.0
"""Seconds from a failure to the next attempt. Each further failure in a row doubles them: on a GPU without free memory,
an attempt makes torch give back what it has cached, which slows the training."""


class GpuEncoder(Protocol):
    """Encodes pictures on a GPU."""

    def encode_all(self, pictures: Iterable[tuple[torch.Tensor, int]]) -> Iterable[bytes]:
        """The files of ``pictures``. Raises RuntimeError."""

    def close(self) -> None:
        """Frees the memory."""


class Attempts:
    """Encodes with what ``open_encoder`` returns, which is called for the first pictures. For one thread.

    ``open_encoder`` returns None if there is no encoder, and raises RuntimeError if there is and it fails.

    Attributes:
        problem: Why the last attempt failed, or empty.

    """

    def __init__(self, open_encoder: Callable[[], GpuEncoder | None]) -> None:
        self._open = open_encoder
        self._encoder: GpuEncoder | None = None
        self._next = -math.inf
        self._pause = PAUSE
        self.problem = ""

    @property
    def working(self) -> bool:
        """True if the GPU encodes."""
        return self._encoder is not None

    def encode(self, pictures: Sequence[tuple[torch.Tensor, int]]) -> list[bytes] | None:
        """The files of ``pictures``, or None if they must be encoded in another way."""
        if self._encoder is None and time.monotonic() < self._next:
            return None
        try:
            if self._encoder is None:
                self._encoder = self._open()
            if self._encoder is None:
                self._next = math.inf
                return None
            files = list(self._encoder.encode_all(pictures))
        except RuntimeError as error:
            self._give_up(error)
            return None
        self._pause, self.problem = PAUSE, ""
        return files

    def _give_up(self, error: RuntimeError) -> None:
        encoder, self._encoder = self._encoder, None
        self._next = time.monotonic() + self._pause
        self._pause *= 2
        self.problem = str(error)
        if encoder is not None:
            encoder.close()
