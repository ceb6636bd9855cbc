"""An integer in a range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basics.arguments import real
from ..protocol import controls as message
from . import grid
from .arguments import integer, whole, within
from .control import Valued, named
from .labels import visible


class SliderInt(Valued[message.SliderInt, int]):
    """An integer in a range. If the range changes, the value moves to the nearest valid one."""

    message_class = message.SliderInt
    types = (int,)

    def called(self, min: int, max: int, *, default: int) -> int:
        """A ``default`` of 0 is moved into the range.

        Raises ValueError if ``min`` and ``max`` are not integers that a page can represent, if ``min`` exceeds ``max``,
        and if any other ``default`` is out of range.
        """
        if self._call != (min, max):
            low, high = integer(self.where, "min", min), integer(self.where, "max", max)
            if low > high:
                raise ValueError(f"{self.where}: min must not be above max; got {low}..{high}")
            spec = message.SliderInt(
                id=self.id,
                label=visible(self.label),
                min=low,
                max=high,
                initial=low,
                value=low,
                origin="",
                revision=0,
            )
            self.define((min, max), spec, self.fit(spec, 0) if default == 0 else default)
        return int(self.spec.value)

    @classmethod
    def accept(cls, spec: message.SliderInt, value: Any) -> int:
        """Takes a whole number in the range, of any numeric type."""
        return within(named(spec), whole(named(spec), value), spec.min, spec.max)

    @classmethod
    def fit(cls, spec: message.SliderInt, value: float) -> int:
        """The nearest value in the range."""
        return min(max(int(value), spec.min), spec.max)

    @classmethod
    def with_default(cls, spec: message.SliderInt, default: Any) -> message.SliderInt:
        """``spec`` with its default, which the user can restore."""
        return spec.replace(initial=cls.fit(spec, real(named(spec), "default", default)))

    @classmethod
    def check_saved(cls, name: str, saved: Mapping[str, Any]) -> None:
        """Raises ValueError if the range is empty."""
        grid.check_saved(name, saved)

    @classmethod
    def told(cls, saved: Mapping[str, Any]) -> int:
        """The value."""
        return saved["value"]  # type: ignore[no-any-return]
