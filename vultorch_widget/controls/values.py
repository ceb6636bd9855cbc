"""What each control accepts as its value. Every function returns the value that holds or raises ValueError."""

from __future__ import annotations

import math
import reprlib
from typing import Any

import numpy as np

from ..basics.arguments import real, shares
from ..protocol.controls import Checkbox, ColorPicker, Combo, InputText, Slider, SliderInt, Value

Valued = Checkbox | Slider | SliderInt | Combo | ColorPicker | InputText
"""The controls that have a value."""
_ROUNDING = 1e-9
"""Part of a slider's range by which a value may lie outside: a page that computes ``min * (max / min) ** 1`` gets there
by rounding alone. Such a value becomes the end of the range."""


def accept(control: Valued, value: Any) -> Value:
    """``value``, given by the program, as ``control`` holds it.

    A slider takes any real number and rounds it to its step; an integer slider takes whole numbers; a check box takes a
    bool, 0 or 1; a combo takes an index or the text of an item; a colour is three numbers in 0..1, in a sequence, array
    or tensor; a typed line is a string within its length. Raises ValueError, naming the control, the value and
    what would be right, for anything else, for NaN and infinity, and for a number outside the range.
    """
    if isinstance(control, Checkbox):
        return _as_bool(control, value)
    if isinstance(control, Slider):
        return _in_range(control, real(_name(control), "value", value))
    if isinstance(control, SliderInt):
        return _in_integers(control, _as_int(control, value), control.min, control.max)
    if isinstance(control, ColorPicker):
        return shares(_name(control), "red, green, blue", value, 3)
    if isinstance(control, InputText):
        return _as_line(control, value)
    return _as_index(control, value)


def accept_from_page(control: Valued, value: Value) -> Value:
    """The same for a value that a page sent, which has to be of the control's own type: a bool is no integer here."""
    types: tuple[type, ...] = (int,)
    if isinstance(control, Checkbox):
        types = (bool,)
    elif isinstance(control, Slider):
        types = (int, float)
    elif isinstance(control, ColorPicker):
        types = (tuple,)
    elif isinstance(control, InputText):
        types = (str,)
    if type(value) not in types:
        raise ValueError(f"{_name(control)} takes {types[-1].__name__}, not {reprlib.repr(value)}")
    return accept(control, value)


def fit(control: Valued, value: Any) -> Value:
    """A value that ``control`` held before its arguments changed, or the nearest to it that it may hold."""
    if isinstance(control, ColorPicker):
        return shares(_name(control), "red, green, blue", value, 3)
    if isinstance(control, InputText):
        return str(value)[: control.max_length]
    if isinstance(control, Checkbox):
        return bool(value)
    if isinstance(control, Slider):
        return _snap(control, min(max(value, control.min), control.max))
    low, high = (control.min, control.max) if isinstance(control, SliderInt) else (0, len(control.items) - 1)
    return min(max(int(value), low), high)


def _as_bool(control: Checkbox, value: Any) -> bool:
    if isinstance(value, (bool, np.bool_)) or (isinstance(value, int) and value in (0, 1)):
        return bool(value)
    raise ValueError(f"{_name(control)} takes True or False, not {reprlib.repr(value)}")


def _as_int(control: Valued, value: Any) -> int:
    if type(value) is int:
        return value
    number = real(_name(control), "value", value)
    if not number.is_integer():
        raise ValueError(f"{_name(control)} takes a whole number, not {number:g}")
    return int(number)


def _as_index(control: Combo, value: Any) -> int:
    if not isinstance(value, str):
        return _in_integers(control, _as_int(control, value), 0, len(control.items) - 1)
    if value not in control.items:
        raise ValueError(
            f"{_name(control)} has no item {reprlib.repr(value)}; items are {', '.join(map(repr, control.items))}"
        )
    return control.items.index(value)


def _as_line(control: InputText, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{_name(control)} takes a string, not {reprlib.repr(value)}")
    if len(value) > control.max_length:
        raise ValueError(
            f"{_name(control)} takes at most {control.max_length} characters, not the {len(value)} of "
            f"{reprlib.repr(value)}"
        )
    if "\n" in value or "\r" in value:
        raise ValueError(f"{_name(control)} takes one line; there is a line break in {reprlib.repr(value)}")
    return value


def _in_integers(control: Valued, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise ValueError(f"{_name(control)} takes {low}..{high}, not {reprlib.repr(value)}")
    return value


def _in_range(control: Slider, value: float) -> float:
    slack = _ROUNDING * (control.max - control.min)
    if not control.min - slack <= value <= control.max + slack:
        raise ValueError(f"{_name(control)} takes {control.min:g}..{control.max:g}, not {value!r}")
    return _snap(control, min(max(value, control.min), control.max))


def _snap(control: Slider, value: float) -> float:
    """The nearest point of the grid from ``min`` on. ``max`` lies on it only where a whole number of steps fits."""
    if control.step == 0:
        return value
    last = math.floor((control.max - control.min) / control.step + _ROUNDING)
    steps = min(round((value - control.min) / control.step), last)
    # 15 digits from the first one of what is added hide the rounding: 3 * 0.1 is meant as 0.3, -0.3 + 3 * 0.1 as 0.
    scale = abs(control.min) + steps * control.step
    digits = max(0, 14 - math.floor(math.log10(scale))) if scale > 0 else 0
    snapped = round(control.min + steps * control.step, digits)
    return min(max(snapped, control.min), control.max) + 0.0  # no negative zero


def _name(control: Valued) -> str:
    """The control as error messages call it: its kind and its whole label, identity included."""
    return f"{control.kind} {control.id.partition(':')[2]!r}"
