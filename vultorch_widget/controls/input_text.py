"""A text field."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any

from ..protocol import controls as message
from .arguments import integer
from .control import Valued, named
from .labels import visible

LONGEST = 65_536
"""Upper limit for ``max_length``, in characters."""


class InputText(Valued[message.InputText, str]):
    """A text field of one line. If ``max_length`` shrinks, the value is cut."""

    message_class = message.InputText
    types = (str,)

    def called(self, *, default: str, max_length: int) -> str:
        """Raises ValueError if ``max_length`` is not an integer in 1..`LONGEST`, or ``default`` does not fit."""
        if self._call != max_length:
            length = integer(self.where, "max_length", max_length)
            if not 1 <= length <= LONGEST:
                raise ValueError(f"{self.where}: max_length must lie in 1..{LONGEST}, not {length}")
            spec = message.InputText(
                id=self.id, label=visible(self.label), max_length=length, value="", origin="", revision=0
            )
            self.define(max_length, spec, default)
        return str(self.spec.value)

    @classmethod
    def accept(cls, spec: message.InputText, value: Any) -> str:
        """Takes one line of at most ``max_length`` characters."""
        if not isinstance(value, str):
            raise ValueError(f"{named(spec)} takes a string, not {reprlib.repr(value)}")
        if len(value) > spec.max_length:
            raise ValueError(
                f"{named(spec)} takes at most {spec.max_length} characters, not the {len(value)} of "
                f"{reprlib.repr(value)}"
            )
        if "\n" in value or "\r" in value:
            raise ValueError(f"{named(spec)} takes one line; there is a line break in {reprlib.repr(value)}")
        return value

    @classmethod
    def fit(cls, spec: message.InputText, value: str) -> str:
        """The first ``max_length`` characters."""
        return value[: spec.max_length]

    @classmethod
    def told(cls, saved: Mapping[str, Any]) -> str:
        """The text."""
        return str(saved["value"])
