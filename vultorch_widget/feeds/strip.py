"""The strip that compares checksums of parameters: which ranks agree, step by step."""

from __future__ import annotations

import math
from collections import Counter

import torch

WIDTH = 64
"""Steps that are shown."""
CELL = (20, 4)
"""Texels per rank and step: height and width. A row below the ranks is left for the caption."""
_ALIKE, _OTHER, _MISSING = (0.18, 0.55, 0.34), (0.87, 0.35, 0.10), (0.5, 0.5, 0.5)


class Strip:
    """One row per rank and one column per step. A rank that differs from most others gets another colour.

    A checksum that is NaN could not be read. It is compared with no other.
    """

    def __init__(self) -> None:
        self._found: dict[int, dict[int, float]] = {}  # checksum by rank, by step
        self._since: dict[int, int] = {}  # first step of a difference that is still there
        self._alike: dict[int, int] = {}  # last step in which a rank agreed with most
        self._past: list[str] = []  # differences that have ended
        self._changed = False

    def add(self, rank: int, world: int, step: int, checksum: float) -> None:
        """Adds a checksum of ``rank``. A step is compared once all ``world`` ranks have one."""
        column = self._found.setdefault(step, {})
        column[rank] = checksum
        while len(self._found) > 2 * WIDTH:  # a rank may be far behind
            del self._found[min(self._found)]
        if len(column) < max(2, world):
            return
        self._changed = True
        usual = _usual(column)
        for one, value in column.items():  # steps may be complete in any order
            if math.isnan(value):
                continue
            if value == usual:
                self._alike[one] = max(step, self._alike.get(one, step))
                if self._since.get(one, step) < step:
                    self._past.append(
                        f"The parameters of rank {one} differed from those of the others from step "
                        f"{self._since.pop(one)}, and are the same again since step {step}."
                    )
            elif step > self._alike.get(one, step - 1):
                self._since[one] = min(step, self._since.get(one, step))

    def forget(self) -> None:
        """Forgets everything: a rank has started over, and must not be compared with the others' past."""
        self._found.clear()
        self._since.clear()
        self._alike.clear()

    def news(self, world: int) -> tuple[torch.Tensor, str] | None:
        """A picture, (H, W, 3) float32, and its caption, if anything is new since the last call."""
        steps = sorted(step for step, column in self._found.items() if len(column) >= max(2, world))[-WIDTH:]
        if not self._changed or not steps:
            return None
        self._changed = False
        picture = torch.tensor(_MISSING).repeat(2 + max(self._found[steps[-1]]), WIDTH, 1)
        for place, step in enumerate(steps):
            column = self._found[step]
            usual = _usual(column)
            for rank, value in column.items():
                if not math.isnan(value):
                    picture[rank, place] = torch.tensor(_ALIKE if value == usual else _OTHER)
        height, width = CELL
        return picture.repeat_interleave(height, 0).repeat_interleave(width, 1), self._said(steps[-1])

    def _said(self, step: int) -> str:
        said = [f"rank {rank} differs since step {at}" for rank, at in sorted(self._since.items())]
        unread = sorted(rank for rank, value in self._found[step].items() if math.isnan(value))
        said += [f"rank {rank} cannot be read at step {step}" for rank in unread]
        return " · ".join(said) or f"all ranks alike · step {step}"

    def complaints(self) -> list[str]:
        """A sentence for each rank that differs, or did."""
        past, self._past = self._past, []
        return past + [
            f"The parameters of rank {rank} differ from those of the others since step {step}."
            for rank, step in sorted(self._since.items())
        ]


def _usual(column: dict[int, float]) -> float:
    """The checksum of most ranks, or that of the lowest rank if all are different; NaN if none can be read."""
    known = [column[rank] for rank in sorted(column) if not math.isnan(column[rank])]
    value, count = Counter(known or [math.nan]).most_common(1)[0]
    return value if count > 1 or not known else known[0]
