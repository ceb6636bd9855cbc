"""A mask over the picture of a canvas: its labels, and whether it fits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from ..annotations.labels import Labels, Names
from ..basics import storage
from ..basics.arguments import real
from ..pictures import tensors
from ..pictures.arrangement import Layout, arrangement
from ..pictures.foreign import as_tensor
from ..protocol.messages import Legend
from ..render.second import Second


class Overlay:
    """A checked mask, as given to `Canvas.overlay`. ``where`` begins all errors.

    Attributes:
        tensor: The mask: integers or bools, detached.
        labels: The names and colours of its integers.
        alpha: How opaque they are, 0..1.

    """

    def __init__(
        self,
        mask: Any,
        alpha: float,
        labels: Names | None,
        ignore: int | Iterable[int] | None,
        layout: Layout | None,
        device: torch.device | None,
        where: str,
    ) -> None:
        """A mask of another library is copied to ``device``. Raises ValueError, naming the wrong value."""
        self.alpha = real(where, "alpha", alpha)
        if not 0 <= self.alpha <= 1:
            raise ValueError(f"{where}: alpha must lie in 0..1, not {alpha!r}")
        checked = as_tensor(mask, labels=True)
        if checked is not mask and device is not None:
            checked = checked.to(device)
        if ignore is None and labels is None and isinstance(checked, torch.Tensor) and checked.dtype is torch.bool:
            ignore = 0
        self.labels = Labels(labels, ignore, what=where)
        self._arrangement = arrangement(layout, masks=True)
        self._where = where
        try:
            self._arrangement.check(checked)
        except ValueError as problem:
            raise ValueError(f"{where}: {problem}") from problem
        self.tensor = checked

    def problem(self, pictures: torch.Tensor) -> str:
        """Why the mask cannot be drawn over (N, H, W, C) ``pictures`` now, or "". It may have been resized in the
        meantime.
        """
        try:
            masks = self.pictures
        except ValueError as problem:
            return f"{self._where}: {problem}"
        if masks.shape[:3] != pictures.shape[:3]:
            return (
                f"{self._where} has {_size(masks)}, and the picture has {_size(pictures)}; bind the picture first, "
                "then give a mask of its size, or overlay(None)"
            )
        if masks.device != pictures.device:
            return (
                f"{self._where} is on {masks.device}, and the picture on {pictures.device}; pass "
                f"`mask.to({str(pictures.device)!r})`"
            )
        return ""

    def standing(self) -> tuple[object, ...]:
        """Everything about the mask that `problem` reads."""
        return (storage.standing(self.tensor), self._arrangement)

    def second(self) -> Second:
        """What a compositor paints over the picture."""
        return Second(self.pictures, "over", self.labels.palette, self.alpha)

    def legends(self) -> tuple[Legend, ...]:
        """The legend as a message to pages; none if the labels have no names."""
        return self.labels.legends("overlay", self.alpha)

    def look(self) -> tuple[object, ...]:
        """A value that changes when this or its legend should look different, but not when the mask is written to."""
        tensor = self.tensor
        texels = (tensor.shape, tensor.dtype, tensor.device, tensor.untyped_storage().nbytes())
        return (texels, self.alpha, self.labels.look, self._arrangement.layout)

    def fingerprint(self) -> object:
        """A value that changes when torch counts a write, or when it should look different; None if torch does not
        count.
        """
        if self.tensor.is_inference():
            return None
        return (tensors.version(self.tensor), self.alpha, self.labels.palette, self._arrangement.layout)

    @property
    def pictures(self) -> torch.Tensor:
        """The mask as (N, H, W, 1). Raises ValueError if it has been resized or freed in the meantime."""
        return self._arrangement.pictures(self.tensor)


def _size(pictures: torch.Tensor) -> str:
    """The size of (N, H, W, C) ``pictures``, for an error message."""
    count, height, width, _ = pictures.shape
    each = f"{width} x {height} texels"
    return each if count == 1 else f"{count} pictures of {each}"
