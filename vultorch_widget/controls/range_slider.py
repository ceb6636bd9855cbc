"""Two floats in a range, lower first."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ..basics.arguments import real
from ..protocol import controls as message
from . import grid
from .control import Valued, named
from .labels import visible


class RangeSlider(Valued[message.RangeSlider, tuple[float, ...]]):
    """Two floats in a range, lower first. If the range changes, each moves to the nearest valid one."""

    message_class = message.RangeSlider
    types = (tuple,)

    def called(
        self, min: float, max: float, *, default: tuple[float, float] | None, log: bool, step: float
    ) -> tuple[float, float]:
        """``default`` None is the whole range.

        Raises as `grid.checked` does, and ValueError if ``default`` is not two values in the range, lower first.
        """
        call = (min, max, log, step)
        if self._call != call:
            low, high, step = grid.checked(self.where, min, max, log=log, step=step)
            spec = message.RangeSlider(
                id=self.id,
                label=visible(self.label),
                min=low,
                max=high,
                log=bool(log),
                step=step,
                initial=(low, high),
                value=(low, high),
                origin="",
                revision=0,
            )
            self.define(call, spec, (low, high) if default is None else default)
        lower, upper = self.spec.value
        return lower, upper

    @classmethod
    def accept(cls, spec: message.RangeSlider, value: Any) -> tuple[float, ...]:
        """Takes a sequence, array or tensor of two numbers in the range, lower first, and rounds them to the step."""
        lower, upper = _pair(named(spec), "value", value)
        return grid.inside(named(spec), spec, lower), grid.inside(named(spec), spec, upper)

    @classmethod
    def fit(cls, spec: message.RangeSlider, value: tuple[float, ...]) -> tuple[float, ...]:
        """The nearest values on the grid."""
        return tuple(grid.nearest(spec, part) for part in value)

    @classmethod
    def with_default(cls, spec: message.RangeSlider, default: Any) -> message.RangeSlider:
        """``spec`` with its default, which the user can restore."""
        return spec.replace(initial=cls.fit(spec, _pair(named(spec), "default", default)))

    @classmethod
    def check_saved(cls, name: str, saved: Mapping[str, Any]) -> None:
        """Raises ValueError if the range or the step is invalid, or the values are not two, lower first."""
        grid.check_saved(name, saved)
        if not (_in_order(saved["value"]) and _in_order(saved["initial"])):
            raise ValueError(f"range slider {name} has no two values in order")

    @classmethod
    def check_change(cls, where: str, value: Any) -> None:
        """Raises ValueError if ``value`` is not two numbers, lower first."""
        if not _in_order(value):
            raise ValueError(f"{where} has no two values in order")

    @classmethod
    def told(cls, saved: Mapping[str, Any]) -> tuple[float, ...]:
        """Both values."""
        return tuple(saved["value"])


def _pair(where: str, what: str, values: Any) -> tuple[float, float]:
    """``values`` as two floats. Raises ValueError if they are not two real numbers, lower first."""
    if isinstance(values, torch.Tensor):
        values = values.detach().tolist()
    if not isinstance(values, (Sequence, np.ndarray)) or isinstance(values, str) or len(values) != 2:
        raise ValueError(f"{where}: {what} must be two numbers such as (0.2, 0.8), not {reprlib.repr(values)}")
    lower, upper = (real(where, what, value) for value in values)
    if lower > upper:
        raise ValueError(f"{where}: {what} must have its lower number first, not {(lower, upper)}")
    return lower, upper


def _in_order(values: Sequence[float]) -> bool:
    return len(values) == 2 and values[0] <= values[1]
