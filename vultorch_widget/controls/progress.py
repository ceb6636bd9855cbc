"""A bar that is filled in part."""

from __future__ import annotations

from ..basics.arguments import real
from ..protocol import controls as message
from .control import Control


class Progress(Control[message.Progress]):
    """Beyond its ends it is empty or full."""

    message_class = message.Progress
    followed = ("fraction", "overlay")

    def called(self, fraction: float, *, overlay: str) -> None:
        """Raises ValueError where ``fraction`` is no finite number."""
        number = real("progress", "fraction", fraction)  # a tensor is the same object when it is another number
        if self._call != (number, overlay):
            share = min(max(number, 0.0), 1.0)
            self.spec = message.Progress(id=self.id, fraction=share, overlay=overlay)
            self._call = (number, overlay)
