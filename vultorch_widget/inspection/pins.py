"""Texels that users point at or have pinned, in any page or from the program."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .blocks import Inspected, Spot, linked
from .lives import Lives

MOST_PINS = 8
"""Maximum number of pinned texels. Another pin replaces the oldest."""


class Pins:
    """The pinned texels of a view. A pin applies to its canvas and to all linked ones.

    Attributes:
        canvases: Returns the canvases of the view.
        spots: Where the pins are, oldest first.
        pointed: The texel under the pointer of a page, or None.
        lives: The values of pinned texels over the run.

    """

    def __init__(self, canvases: Callable[[], Iterable[Inspected]]) -> None:
        self.canvases = canvases
        self.pointed: Spot | None = None
        self.lives = Lives()
        self.spots: tuple[Spot, ...] = ()

    def add(self, spot: Spot) -> None:
        """Pins a texel, unless it is already pinned."""
        if self._at(spot) is None:
            self.spots += (spot,)
        while len(self.spots) > MOST_PINS:
            self.remove(self.spots[0])

    def remove(self, spot: Spot) -> None:
        """Removes the pin of a texel, if it has one."""
        pin = self._at(spot)
        if pin is not None:
            self.spots = tuple(other for other in self.spots if other != pin)
            self.lives.keep({(pin.x, pin.y) for pin in self.spots})

    def clear(self) -> None:
        """Removes all pins."""
        self.spots = ()
        self.lives.keep(set())

    def _at(self, spot: Spot) -> Spot | None:
        """The pin at this texel, in this canvas or a linked one."""
        pins = [pin for pin in self.spots if (pin.x, pin.y) == (spot.x, spot.y)]
        if spot in pins or not pins:
            return spot if pins else None
        canvases = list(self.canvases())
        canvas = next((canvas for canvas in canvases if canvas.id == spot.canvas), None)
        together = set() if canvas is None else {other.id for other in linked(canvas, canvases)}
        return next((pin for pin in pins if pin.canvas in together), None)
