"""A thin horizontal rule."""

from __future__ import annotations

from ..protocol import controls as message
from .control import UNSET, Control


class Separator(Control[message.Separator]):
    """A thin horizontal rule. It has no options."""

    message_class = message.Separator

    def called(self) -> None:
        """Creates the message once."""
        if self.spec is UNSET:
            self.spec = message.Separator(id=self.id)
