"""A check box."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..protocol import controls as message
from .control import Valued, named
from .labels import visible


class Checkbox(Valued[message.Checkbox, bool]):
    """A check box. Its value is True while it is ticked."""

    message_class = message.Checkbox
    types = (bool,)

    def called(self, default: bool) -> bool:
        """Raises ValueError if ``default`` is neither True nor False."""
        if self._call != ():
            spec = message.Checkbox(id=self.id, label=visible(self.label), value=False, origin="", revision=0)
            self.define((), spec, default)
        return bool(self.spec.value)

    @classmethod
    def accept(cls, spec: message.Checkbox, value: Any) -> bool:
        """Takes a bool, 0 or 1."""
        if isinstance(value, (bool, np.bool_)) or (isinstance(value, int) and value in (0, 1)):
            return bool(value)
        raise ValueError(f"{named(spec)} takes True or False, not {reprlib.repr(value)}")

    @classmethod
    def fit(cls, spec: message.Checkbox, value: bool) -> bool:  # noqa: ARG003 (all boxes are alike)
        """``value``, because the control has no arguments that could change."""
        return value

    @classmethod
    def told(cls, saved: Mapping[str, Any]) -> str:
        """``on`` or ``off``."""
        return "on" if saved.get("value") else "off"
