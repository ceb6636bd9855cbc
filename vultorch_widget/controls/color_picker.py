"""A colour picker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basics.arguments import shares
from ..protocol import controls as message
from .control import Valued, named
from .labels import visible


class ColorPicker(Valued[message.ColorPicker, tuple[float, ...]]):
    """A colour picker. Its value is red, green and blue, 0..1 each."""

    message_class = message.ColorPicker
    types = (tuple,)

    def called(self, default: tuple[float, float, float]) -> tuple[float, float, float]:
        """Raises ValueError if ``default`` is not a colour."""
        if self._call != ():
            spec = message.ColorPicker(
                id=self.id, label=visible(self.label), value=(0.0, 0.0, 0.0), origin="", revision=0
            )
            self.define((), spec, default)
        red, green, blue = self.spec.value
        return red, green, blue

    @classmethod
    def accept(cls, spec: message.ColorPicker, value: Any) -> tuple[float, ...]:
        """Takes a sequence, array or tensor of three numbers in 0..1."""
        return shares(named(spec), "red, green, blue", value, 3)

    @classmethod
    def fit(cls, spec: message.ColorPicker, value: tuple[float, ...]) -> tuple[float, ...]:  # noqa: ARG003 (all alike)
        """``value``, because the control has no arguments that could change."""
        return value

    @classmethod
    def check_saved(cls, name: str, saved: Mapping[str, Any]) -> None:
        """Raises ValueError if the colour does not have three components."""
        if len(saved["value"]) != 3:
            raise ValueError(f"colour {name} has no three parts")

    @classmethod
    def check_change(cls, where: str, value: Any) -> None:
        """Raises ValueError if ``value`` does not have three components."""
        if len(value) != 3:
            raise ValueError(f"{where} is not a colour")

    @classmethod
    def told(cls, saved: Mapping[str, Any]) -> str:
        """The colour as #rrggbb, or the plain values if they are out of range."""
        value = saved["value"]
        if all(0 <= part <= 1 for part in value):
            return "#" + "".join(f"{round(255 * part):02x}" for part in value)
        return str(value)
