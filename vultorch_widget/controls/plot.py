"""A small line plot."""

from __future__ import annotations

from typing import Any

from ..protocol import controls as message
from .arguments import size
from .control import Control
from .labels import visible
from .plot_curves import curves


class Plot(Control[message.Plot]):
    """A small line plot. Every call reads its values again, because an array may have been modified in place."""

    message_class = message.Plot
    followed = ("overlay", "curves")
    many_of_a_label = True

    def called(self, values: Any, *, overlay: str, width: float, height: float) -> None:
        """Raises ValueError if `curves` refuses ``values``, or a size is negative or not finite."""
        self.spec = message.Plot(
            id=self.id,
            label=visible(self.label),
            overlay=overlay,
            curves=curves(self.where, values),
            width=size(self.where, "width", width),
            height=size(self.where, "height", height),
        )
