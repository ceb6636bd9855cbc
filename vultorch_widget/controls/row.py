"""Controls side by side."""

from __future__ import annotations

from ..protocol import controls as message
from .control import UNSET, Control


class Row(Control[message.Row]):
    """A row only has a place. The store knows which controls were called inside it."""

    message_class = message.Row
    begins_as_shown = False  # a replay has the controls of the last frame, so it needs the rows of the last frame

    def called(self) -> str:
        """Returns the row's id, which the store needs to put controls into it."""
        if self.spec is UNSET:
            self.spec = message.Row(id=self.id, controls=())
        return self.id

    def shown(self, inside: tuple[str, ...]) -> message.Row:
        """The message with the ids of the controls inside."""
        if self.spec.controls != inside:
            self.spec = message.Row(id=self.id, controls=inside)
        return self.spec
