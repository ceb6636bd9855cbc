"""A thin horizontal rule."""

from __future__ import annotations

from ..protocol import controls as message
from .control import UNSET, Control


class Separator(Control[message.Separator]):
    """It has nothing to say but that it is there."""

    message_class = message.Separator

    def called(self) -> None:
        """The same each time."""
        if self.spec is UNSET:
            self.spec = message.Separator(id=self.id)
