"""A push button."""

from __future__ import annotations

from dataclasses import replace

from ..protocol import controls as message
from .arguments import size
from .control import UNSET, Control, Ledger
from .labels import visible


class Button(Control[message.Button]):
    """Its click waits for the next call, and is told once."""

    message_class = message.Button

    def __init__(self, ident: str, label: str, ledger: Ledger) -> None:
        super().__init__(ident, label, ledger)
        self._clicked = False

    def called(self, width: float, height: float) -> bool:
        """True where it was clicked, however often, since the last call.

        Raises ValueError where a size is not a finite number of 0 or more.
        """
        if self._call != (width, height):
            held = self.spec
            self.spec = message.Button(
                id=self.id,
                label=visible(self.label),
                width=size(self.where, "width", width),
                height=size(self.where, "height", height),
            )
            if held is not UNSET:
                self.spec = replace(self.spec, origin=held.origin, revision=held.revision)
            self._call = (width, height)
        clicked, self._clicked = self._clicked, False
        return clicked

    @property
    def remembers(self) -> bool:
        """A click that was not told yet."""
        return self._clicked

    def hear(self, value: message.Value, client: str, revision: int) -> None:
        """Takes True."""
        if value is not True:
            raise ValueError(f"button {self.key!r} takes True, not {value!r}")
        self._clicked = True
        self.spec = replace(self.spec, origin=client, revision=revision)
