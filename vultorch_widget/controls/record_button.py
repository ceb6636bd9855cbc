"""The button that starts and stops the recording of a canvas."""

from __future__ import annotations

import reprlib
from collections.abc import Callable

from ..protocol import controls as message
from .control import UNSET, Control
from .labels import visible


class RecordButton(Control[message.RecordButton]):
    """A button that acts as soon as it is clicked, not at the next call, and shows the state of the recording."""

    message_class = message.RecordButton

    def called(
        self, labels: tuple[str, str], state: Callable[[], message.RecordState], click: Callable[[], None]
    ) -> None:
        """Shows the first of ``labels`` while ``state()`` is ready, otherwise the second. Each click calls ``click``.

        Raises TypeError if a label is not a string.
        """
        self._labels = (visible(labels[0]), visible(labels[1]))
        self._state, self._click = state, click
        if self.spec is UNSET:
            self.spec = message.RecordButton(id=self.id, label="", state="ready")

    def hear(self, value: message.Value, client: str, revision: int) -> None:
        """Takes True, for a click."""
        # Also if the click fails: otherwise the page would wait for ever.
        self.spec = self.spec.replace(origin=client, revision=revision)
        if value is not True:
            raise ValueError(f"record_button takes True, not {reprlib.repr(value)}")
        self._click()

    def shown(self, inside: tuple[str, ...]) -> message.RecordButton:  # noqa: ARG002 (it is not a row)
        """The message with the state of the recording."""
        state = self._state()
        label = self._labels[state != "ready"]
        if (self.spec.state, self.spec.label) != (state, label):
            self.spec = self.spec.replace(state=state, label=label)
        return self.spec
