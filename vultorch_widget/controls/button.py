"""A push button."""

from __future__ import annotations

from ..protocol import controls as message
from .arguments import size
from .control import UNSET, Control, Ledger
from .labels import visible


class Button(Control[message.Button]):
    """A push button. A click is kept until the next call, which reports it once."""

    message_class = message.Button

    def __init__(self, ident: str, label: str, ledger: Ledger) -> None:
        super().__init__(ident, label, ledger)
        self._clicked = False

    def called(self, width: float, height: float) -> bool:
        """True if it was clicked at least once since the last call.

        Raises ValueError if a size is negative or not finite.
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
                self.spec = self.spec.replace(origin=held.origin, revision=held.revision)
            self._call = (width, height)
        clicked, self._clicked = self._clicked, False
        return clicked

    @property
    def remembers(self) -> bool:
        """True if a click has not been reported yet."""
        return self._clicked

    @property
    def is_clicked(self) -> bool:
        """True if a click has not been reported yet."""
        return self._clicked

    def put_back(self, value: message.Value) -> None:
        """Repeats a click."""
        self._clicked = value is True
        self._ledger.changes += 1

    def hear(self, value: message.Value, client: str, revision: int) -> None:
        """Takes True, for a click."""
        if value is not True:
            raise ValueError(f"button {self.key!r} takes True, not {value!r}")
        self._clicked = True
        self._ledger.changes += 1
        self.spec = self.spec.replace(origin=client, revision=revision)
