"""How a user chose to view a canvas, on top of how the program shows it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from ..pictures.colormap import colormap_table

Channels = Literal["auto", "r", "g", "b", "a"]

MOST_STOPS = 32.0
MOST_OFFSET = 1e6


@dataclass(frozen=True, slots=True)
class Look:
    """The user's choices for a canvas. Raises ValueError for impossible values.

    Attributes:
        exposure: In stops: each doubles what is painted.
        offset: Added to what is painted after that, in 0..1 of the display.
        colormap: As `Canvas.colormap`; "" for grey, and None for the program's.
        channels: As `Canvas.channels`; None for the program's.

    """

    exposure: float = 0.0
    offset: float = 0.0
    colormap: str | None = None
    channels: Channels | None = None

    def __post_init__(self) -> None:
        for name, value, most in (("exposure", self.exposure, MOST_STOPS), ("offset", self.offset, MOST_OFFSET)):
            if not (math.isfinite(value) and abs(value) <= most):
                raise ValueError(f"{name} must be a number from {-most:g} to {most:g}, not {value!r}")
        if self.colormap:
            colormap_table(self.colormap)
        if self.channels is not None and self.channels not in get_args(Channels):
            raise ValueError(f"channels must be 'auto', 'r', 'g', 'b' or 'a', not {self.channels!r}")

    def levels(self, gain: float, offset: float) -> tuple[float, float]:
        """The gain and the offset to paint with: the program's, adjusted by this."""
        factor = 2.0**self.exposure
        return gain * factor, offset * factor + self.offset

    def colors(self, colormap: str | None, channels: Channels) -> tuple[str | None, Channels]:
        """The colormap and the channels to show, given the program's."""
        return (
            colormap if self.colormap is None else self.colormap or None,
            channels if self.channels is None else self.channels,
        )


AS_SET = Look()
"""The user has chosen nothing."""
