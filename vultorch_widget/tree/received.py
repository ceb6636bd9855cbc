"""A picture that a canvas has received as a file. It is decoded once somebody asks for its texels."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from ..pictures.picture_file import PictureFile

_log = logging.getLogger(__name__)


class Received:
    """The newest file of a canvas, and the tensor that has its texels once `settle` was called."""

    def __init__(self, height: int, width: int) -> None:
        with torch.inference_mode(mode=False):  # tensors made in that mode count no writes
            self.tensor = torch.zeros(height, width, 3, dtype=torch.uint8)
        self._newest: PictureFile | None = None
        self._owed = False
        self._written = 0  # version of the tensor when the file was decoded into it, or came

    def fits(self, file: PictureFile) -> bool:
        """Whether the tensor has the size of ``file``."""
        return self.tensor.shape == (file.height, file.width, 3)

    def take(self, file: PictureFile) -> None:
        """Takes a newer picture of the same size."""
        self._newest, self._owed = file, True
        self._written = self.tensor._version

    @property
    def file(self) -> PictureFile | None:
        """The file, if the tensor has its texels and no others: a program may have written to it since."""
        return self._newest if self.tensor._version == self._written else None

    def settle(self) -> None:
        """Decodes the file into the tensor, unless that was done."""
        if not self._owed or self._newest is None:
            return
        self._owed = False
        try:
            # Not by torch: on a busy machine it would wait for threads that share the work, ten times as long as this.
            np.copyto(self.tensor.numpy(), self._newest.decoded())
        except ValueError as error:
            _log.warning("A picture cannot be decoded: %s", error)
        with torch.inference_mode(mode=False):
            self.tensor[:0].zero_()  # writes nothing, but torch counts it
        self._written = self.tensor._version
