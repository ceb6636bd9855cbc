"""A progress bar."""

from __future__ import annotations

from ..basics.arguments import real
from ..protocol import controls as message
from .control import Control


class Progress(Control[message.Progress]):
    """A progress bar. Fractions outside 0..1 are shown as empty or full."""

    message_class = message.Progress
    followed = ("fraction", "overlay")

    def called(self, fraction: float, *, overlay: str) -> None:
        """Raises ValueError if ``fraction`` is not a finite number."""
        number = real("progress", "fraction", fraction)  # convert first: a tensor modified in place would compare equal
        if self._call != (number, overlay):
            share = min(max(number, 0.0), 1.0)
            self.spec = message.Progress(id=self.id, fraction=share, overlay=overlay)
            self._call = (number, overlay)
