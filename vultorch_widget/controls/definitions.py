"""Builds the spec of a control from the arguments of its call, and refuses arguments that make no control.

The specs of controls with a value come without theirs: the smallest value stands in its place.
"""

from __future__ import annotations

import math
import operator
import re
import reprlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from ..basics.arguments import real, shares
from ..protocol.controls import (
    Button,
    Checkbox,
    ColorPicker,
    Combo,
    FileDialog,
    InputText,
    Plot,
    Progress,
    SaveFileDialog,
    Slider,
    SliderInt,
    TextColored,
)
from .file_filters import Filters, extensions
from .plot_curves import curves

LONGEST_TEXT = 65_536
"""Most characters that `input_text` may be asked to take."""


def visible(label: str) -> str:
    """The part of a label that is shown: everything before ``##``. Raises TypeError where it is no string."""
    if not isinstance(label, str):
        raise TypeError(f"a label is a string, not {label!r}")
    return label.partition("##")[0]


def identity(label: str) -> str:
    """What a control is known by: its whole label, or the part from ``###`` on, so that the part before may change.

    It stands in the control's id, where a page finds it: a control of whose label nothing is shown is called by it.

    Raises TypeError where it is no string.
    """
    if not isinstance(label, str):
        raise TypeError(f"a label is a string, not {label!r}")
    at = label.find("###")
    return label if at < 0 else label[at:]


def button(ident: str, label: str, width: float, height: float) -> Button:
    """Raises ValueError where a size is not a finite number of 0 or more."""
    where = f"button {label!r}"
    return Button(
        id=ident, label=visible(label), width=_size(where, "width", width), height=_size(where, "height", height)
    )


def file_dialog(ident: str, label: str, title: str, filters: Filters, max_bytes: int) -> FileDialog:
    """Raises ValueError where ``filters`` are none or ``max_bytes`` is no integer above 0, TypeError for a title."""
    where = f"file_dialog {label!r}"
    most = _integer(where, "max_bytes", max_bytes)
    if most < 1:
        raise ValueError(f"{where}: max_bytes must be 1 or more, not {most}")
    return FileDialog(
        id=ident,
        label=visible(label),
        title=_hint(where, title),
        extensions=extensions(where, filters),
        most_bytes=most,
        name="",
        size=0,
    )


def save_file_dialog(ident: str, label: str, title: str, filters: Filters, extension: str) -> SaveFileDialog:
    """Raises ValueError where ``filters`` or ``extension`` are none, TypeError for a title that is no string."""
    where = f"save_file_dialog {label!r}"
    known = ", ".join(extensions(where, filters))
    return SaveFileDialog(
        id=ident,
        label=visible(label),
        title=" · ".join(filter(None, [_hint(where, title), known])),
        suggested=f"untitled{dotted(label, extension)}",
        state="ready",
        path="",
        size=0,
        token="",
        origin="",
        revision=0,
    )


def dotted(label: str, extension: str) -> str:
    """``extension`` with its dot; empty for none. Raises ValueError for what is no extension."""
    if not isinstance(extension, str) or not re.fullmatch(r"(\.?[\w+-]+(\.[\w+-]+)*)?", extension):
        raise ValueError(
            f"save_file_dialog {label!r}: default_extension is one such as '.png', not {reprlib.repr(extension)}"
        )
    return f".{extension.lstrip('.')}" if extension else ""


def checkbox(ident: str, label: str) -> Checkbox:
    """A box that is not ticked."""
    return Checkbox(id=ident, label=visible(label), value=False, origin="", revision=0)


def slider(ident: str, label: str, low: float, high: float, *, log: bool, step: float) -> Slider:
    """Raises ValueError where the range is empty or not finite, ``log`` meets ``low <= 0``, or ``step`` is no grid."""
    where = f"slider {label!r}"
    low, high, step = real(where, "min", low), real(where, "max", high), real(where, "step", step)
    if low > high or not math.isfinite(high - low):
        raise ValueError(f"{where}: min must not be above max, nor the range beyond any float; got {low:g}..{high:g}")
    if log and low <= 0:
        raise ValueError(f"{where}: a logarithmic slider needs min > 0, not {low:g}")
    if step < 0 or (step > 0 and (high - low) / step > 2**53):
        raise ValueError(f"{where}: step must be 0 or a size that can be seen in {low:g}..{high:g}, not {step:g}")
    return Slider(
        id=ident,
        label=visible(label),
        min=low,
        max=high,
        log=bool(log),
        step=step,
        initial=low,
        value=low,
        origin="",
        revision=0,
    )


def slider_int(ident: str, label: str, low: int, high: int) -> SliderInt:
    """Raises ValueError where ``low`` and ``high`` are not integers in order that a page can represent."""
    where = f"slider_int {label!r}"
    low, high = _integer(where, "min", low), _integer(where, "max", high)
    if low > high:
        raise ValueError(f"{where}: min must not be above max; got {low}..{high}")
    return SliderInt(id=ident, label=visible(label), min=low, max=high, initial=low, value=low, origin="", revision=0)


def choices(label: str, items: Iterable[str]) -> tuple[str, ...]:
    """The items of a combo. Raises ValueError where ``items`` is no sequence, or a string."""
    if not isinstance(items, str):
        with suppress(TypeError):
            return tuple(items)
    raise ValueError(f"combo {label!r}: items must be a sequence of strings, not {reprlib.repr(items)}")


def combo(ident: str, label: str, items: tuple[str, ...]) -> Combo:
    """Raises ValueError where there is no item, or one that is not a string."""
    where = f"combo {label!r}"
    if not all(isinstance(item, str) for item in items):
        raise ValueError(f"{where}: items must be a sequence of strings, not {reprlib.repr(items)}")
    if len(items) == 0:
        raise ValueError(f"{where}: items is empty; a choice needs at least one")
    return Combo(id=ident, label=visible(label), items=items, value=0, origin="", revision=0)


def text_colored(ident: str, color: Sequence[float], text: str) -> TextColored:
    """Raises ValueError where red, green, blue or opacity is no number in 0..1."""
    return TextColored(id=ident, text=text, color=shares("text_colored", "r, g, b, a", color, 4))


def color_picker(ident: str, label: str) -> ColorPicker:
    """Black."""
    return ColorPicker(id=ident, label=visible(label), value=(0.0, 0.0, 0.0), origin="", revision=0)


def input_text(ident: str, label: str, max_length: int) -> InputText:
    """Raises ValueError where ``max_length`` is no integer in 1..`LONGEST_TEXT`."""
    where = f"input_text {label!r}"
    length = _integer(where, "max_length", max_length)
    if not 1 <= length <= LONGEST_TEXT:
        raise ValueError(f"{where}: max_length must lie in 1..{LONGEST_TEXT}, not {length}")
    return InputText(id=ident, label=visible(label), max_length=length, value="", origin="", revision=0)


def progress(ident: str, fraction: float, overlay: str) -> Progress:
    """A fraction outside 0..1 is shown as the nearer end; raises ValueError where it is no finite number."""
    share = min(max(real("progress", "fraction", fraction), 0.0), 1.0)
    return Progress(id=ident, fraction=share, overlay=overlay)


def plot(ident: str, label: str, values: Any, overlay: str, width: float, height: float) -> Plot:
    """Raises ValueError where ``values`` are not what `curves` takes, or a size is wrong."""
    where = f"plot {label!r}"
    return Plot(
        id=ident,
        label=visible(label),
        overlay=overlay,
        curves=curves(where, values),
        width=_size(where, "width", width),
        height=_size(where, "height", height),
    )


def _hint(where: str, title: str) -> str:
    if not isinstance(title, str):
        raise TypeError(f"{where}: title is a string, not {reprlib.repr(title)}")
    return title


def _size(where: str, name: str, value: float) -> float:
    size = real(where, name, value)
    if size < 0:
        raise ValueError(f"{where}: {name} must be 0 or more CSS pixels, not {size:g}")
    return size


def _integer(where: str, name: str, value: int) -> int:
    try:
        number = operator.index(value)
    except TypeError as error:
        raise ValueError(f"{where}: {name} must be an integer, not {reprlib.repr(value)}") from error
    if isinstance(value, bool) or abs(number) > 2**53:  # beyond it a JavaScript number is not exact
        raise ValueError(f"{where}: {name} must be an integer that a page can represent, not {reprlib.repr(value)}")
    return number
