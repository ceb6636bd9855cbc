"""A float in a range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basics.arguments import real
from ..protocol import controls as message
from . import grid
from .control import Valued, named
from .labels import visible


class Slider(Valued[message.Slider, float]):
    """A float in a range. If the range changes, the value moves to the nearest valid one."""

    message_class = message.Slider
    types = (int, float)

    def called(self, min: float, max: float, *, default: float | None, log: bool, step: float) -> float:
        """``default`` None is ``min``. Raises as `grid.checked` does, and ValueError if ``default`` is out of range."""
        call = (min, max, log, step)
        if self._call != call:
            low, high, step = grid.checked(self.where, min, max, log=log, step=step)
            spec = message.Slider(
                id=self.id,
                label=visible(self.label),
                min=low,
                max=high,
                log=bool(log),
                step=step,
                initial=low,
                value=low,
                origin="",
                revision=0,
            )
            self.define(call, spec, low if default is None else default)
        return float(self.spec.value)

    @classmethod
    def accept(cls, spec: message.Slider, value: Any) -> float:
        """Takes any real number in the range and rounds it to the step."""
        return grid.inside(named(spec), spec, real(named(spec), "value", value))

    @classmethod
    def fit(cls, spec: message.Slider, value: float) -> float:
        """The nearest value on the grid."""
        return grid.nearest(spec, value)

    @classmethod
    def with_default(cls, spec: message.Slider, default: Any) -> message.Slider:
        """``spec`` with its default, which the user can restore."""
        return spec.replace(initial=grid.nearest(spec, real(named(spec), "default", default)))

    @classmethod
    def check_saved(cls, name: str, saved: Mapping[str, Any]) -> None:
        """Raises ValueError if the range or the step is invalid."""
        grid.check_saved(name, saved)

    @classmethod
    def told(cls, saved: Mapping[str, Any]) -> float:
        """The value."""
        return saved["value"]  # type: ignore[no-any-return]
