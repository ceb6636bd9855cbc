"""Integers in a mask that are not labels: found in a sample, and named."""

from __future__ import annotations

import torch

from ..annotations.labels import Labels

SIDE = 128
"""Maximum rows and columns that are examined. Each look takes different ones, until all have been seen."""
_MOST = 1 << 31


class Strays:
    """The first texel in a sample of a mask that is not a label, read when the GPU has found it."""

    def __init__(self, masks: torch.Tensor, labels: Labels, turn: int) -> None:
        """``masks`` is (N, H, W, 1) of integers, and ``turn`` counts the looks."""
        self._labels = labels
        self._alone = len(masks) == 1
        count, height, width, _ = masks.shape
        pictures = max(1, SIDE**2 // max(1, min(height, SIDE) * min(width, SIDE)))
        across, turn = _every(width, SIDE, turn)
        down, turn = _every(height, SIDE, turn)
        self._parts = _every(count, pictures, turn)[0], down, across
        sample = masks[self._parts][..., 0]
        self._shape = sample.shape
        values = sample.reshape(-1).long()
        sound = (values >= 0) & (values < (len(labels.names) or _MOST))
        for ignored in labels.ignored:
            sound |= values == ignored
        at = sound.to(torch.uint8).argmin()
        found = torch.stack([sound.take(at).long(), at, values.take(at)])
        self._found = torch.empty(3, dtype=torch.int64, pin_memory=found.is_cuda)
        self._found.copy_(found, non_blocking=True)

    def text(self) -> str:
        """What was found, where, and what to do; an empty string if nothing was found."""
        sound, at, value = self._found.tolist()
        if sound:
            return ""
        _, rows, columns = self._shape
        indices = (at // (rows * columns), at // columns % rows, at % columns)
        picture, row, column = (
            part.start + index * part.step for part, index in zip(self._parts, indices, strict=True)
        )
        where = f"column {column} and row {row}" + ("" if self._alone else f" of picture {picture}")
        names = self._labels.names
        known = f"none of its {len(names)} labels (0 to {len(names) - 1})" if names else "no label"
        remedy = "name it in `labels`, or pass" if names and value >= 0 else "pass"
        return f"holds {value} at {where}, which is {known} and is painted magenta: {remedy} `ignore={value}`"


def _every(length: int, most: int, turn: int) -> tuple[slice, int]:
    """At most ``most`` of ``length``, different ones in each ``turn``, and the turn of the next axis."""
    step = -(-length // most)
    turn, start = divmod(turn, step)
    return slice(start, None, step), turn


def may_stray(masks: torch.Tensor, labels: Labels) -> bool:
    """Returns whether ``masks`` can hold integers that are not labels, and can be read without waiting."""
    least = {torch.bool: 2, torch.uint8: 256}.get(masks.dtype)  # there are labels for all values
    covered = least is not None and (not labels.names or len(labels.names) >= least)
    return masks.numel() > 0 and masks.device.type in ("cpu", "cuda") and not covered
