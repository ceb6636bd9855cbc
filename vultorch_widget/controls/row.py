"""Controls side by side."""

from __future__ import annotations

from ..protocol import controls as message
from .control import UNSET, Control


class Row(Control[message.Row]):
    """A row has a place, and what is called in it stands there. The store knows what that is."""

    message_class = message.Row
    begins_as_shown = False  # a replay has the controls of the end, and they have to have their places

    def called(self) -> str:
        """The id of the row, by which other controls stand in it."""
        if self.spec is UNSET:
            self.spec = message.Row(id=self.id, controls=())
        return self.id

    def shown(self, inside: tuple[str, ...]) -> message.Row:
        """With what stands in it."""
        if self.spec.controls != inside:
            self.spec = message.Row(id=self.id, controls=inside)
        return self.spec
