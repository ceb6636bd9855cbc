"""The button that starts and stops the recording of a canvas."""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from dataclasses import replace

from ..protocol import controls as message
from .control import UNSET, Control
from .labels import visible


class RecordButton(Control[message.RecordButton]):
    """It works when it is clicked, not when it is called next, and looks as the recording stands."""

    message_class = message.RecordButton

    def called(
        self, labels: tuple[str, str], state: Callable[[], message.RecordState], click: Callable[[], None]
    ) -> None:
        """The first of ``labels`` is shown while ``state()`` is ready, else the second; each click calls ``click``.

        Raises TypeError where a label is no string.
        """
        self._labels = (visible(labels[0]), visible(labels[1]))
        self._state, self._click = state, click
        if self.spec is UNSET:
            self.spec = message.RecordButton(id=self.id, label="", state="ready")

    def hear(self, value: message.Value, client: str, revision: int) -> None:
        """Takes True."""
        # Also if the click fails: the page would wait for ever.
        self.spec = replace(self.spec, origin=client, revision=revision)
        if value is not True:
            raise ValueError(f"record_button takes True, not {reprlib.repr(value)}")
        self._click()

    def shown(self, inside: tuple[str, ...]) -> message.RecordButton:  # noqa: ARG002 (it is no row)
        """With the state of the recording."""
        state = self._state()
        label = self._labels[state != "ready"]
        if (self.spec.state, self.spec.label) != (state, label):
            self.spec = replace(self.spec, state=state, label=label)
        return self.spec
