"""What a control looks like to the page: one frozen dataclass a control.

A control is plain data. Its ``id`` is unique within its panel and stable from frame to frame, so that the page can keep
the element that a hand is holding. Fields named ``value`` are what the user can change; everything else is decided by
the kernel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A line of text."""

    kind: Literal["text"] = "text"
    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextColored:
    """A line of text in a colour: ``color`` is red, green, blue and opacity, 0..1 each."""

    kind: Literal["text_colored"] = "text_colored"
    id: str
    text: str
    color: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextWrapped:
    """A paragraph: breaks between words; runs of spaces are one, line breaks are kept."""

    kind: Literal["text_wrapped"] = "text_wrapped"
    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Controls that stand side by side: ``controls`` are the ids of those, which are listed after it."""

    kind: Literal["row"] = "row"
    id: str
    controls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Separator:
    """A thin horizontal rule."""

    kind: Literal["separator"] = "separator"
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A push button. ``width`` and ``height`` are CSS pixels, 0 for the natural size.

    The last click that the kernel has taken is change ``revision`` of ``origin``.
    """

    kind: Literal["button"] = "button"
    id: str
    label: str
    width: float
    height: float
    origin: str = ""
    revision: int = 0


RecordState = Literal["ready", "recording", "saving"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordButton:
    """A push button that starts a recording or stops it, whichever ``state`` allows; ``saving`` allows neither.

    The last click that the kernel has taken is change ``revision`` of ``origin``.
    """

    kind: Literal["record_button"] = "record_button"
    id: str
    label: str
    state: RecordState
    origin: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDialog:
    """A button by which a hand chooses a file that the page then sends, of ``most_bytes`` at most.

    ``extensions`` (lower case, with their dot) are what the browser proposes, none for any. ``name`` and ``size`` in
    bytes are those of the last file that arrived, empty where none did. ``title`` is a hint.
    """

    kind: Literal["file_dialog"] = "file_dialog"
    id: str
    label: str
    title: str
    extensions: tuple[str, ...]
    most_bytes: int
    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveFileDialog:
    """A name that is typed, ``suggested`` at first, and a button by which a hand asks for a file of that name.

    ``origin`` asked by its change ``revision``. Then ``state`` is ``asked`` until the program has written the file, of
    ``size`` bytes, to ``path`` on the kernel's machine. ``token`` is what to `Fetch` it by, empty while it is not there
    and where it is too large for that. ``title`` is a hint.
    """

    kind: Literal["save_file_dialog"] = "save_file_dialog"
    id: str
    label: str
    title: str
    suggested: str
    state: Literal["ready", "asked", "written"]
    path: str
    size: int
    token: str
    origin: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkbox:
    """A box that is ticked or not."""

    kind: Literal["checkbox"] = "checkbox"
    id: str
    label: str
    value: bool
    origin: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slider:
    """A float in ``min``..``max``. ``log`` spaces the track by ratio; ``step`` (0: free) is the grid of values.

    ``initial`` is the default, to which a hand can go back; None where a replay of an earlier version has none.
    """

    kind: Literal["slider"] = "slider"
    id: str
    label: str
    min: float
    max: float
    log: bool
    step: float
    initial: float | None
    value: float
    origin: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SliderInt:
    """An integer in ``min``..``max``, both included; ``initial`` as in `Slider`."""

    kind: Literal["slider_int"] = "slider_int"
    id: str
    label: str
    min: int
    max: int
    initial: int | None
    value: int
    origin: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeSlider:
    """Two floats in ``min``..``max``, the lower first. ``log`` and ``step`` as in `Slider`.

    ``value`` and ``initial``, to which a hand can go back, have both.
    """

    kind: Literal["range_slider"] = "range_slider"
    id: str
    label: str
    min: float
    max: float
    log: bool
    step: float
    initial: tuple[float, ...]
    value: tuple[float, ...]
    origin: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Combo:
    """One of ``items``, chosen by its index ``value``."""

    kind: Literal["combo"] = "combo"
    id: str
    label: str
    items: tuple[str, ...]
    value: int
    origin: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ColorPicker:
    """A colour: ``value`` is red, green and blue, 0..1 each."""

    kind: Literal["color_picker"] = "color_picker"
    id: str
    label: str
    value: tuple[float, ...]
    origin: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InputText:
    """A line that is typed, of ``max_length`` characters at most."""

    kind: Literal["input_text"] = "input_text"
    id: str
    label: str
    max_length: int
    value: str
    origin: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A bar filled to ``fraction`` (0..1) with ``overlay`` written on it."""

    kind: Literal["progress"] = "progress"
    id: str
    fraction: float
    overlay: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One line of a plot. A value that is not finite is ``None`` and leaves a gap.

    ``length`` is how many values there were before some were left out; curves begin together and one that is shorter
    ends earlier. ``name`` is empty where the line has none.
    """

    name: str
    values: tuple[float | None, ...]
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A small line plot, all curves on one scale. ``width`` 0 fills the panel."""

    kind: Literal["plot"] = "plot"
    id: str
    label: str
    overlay: str
    curves: tuple[Curve, ...]
    width: float
    height: float


Control = (
    Text
    | TextColored
    | TextWrapped
    | Row
    | Separator
    | Button
    | RecordButton
    | FileDialog
    | SaveFileDialog
    | Checkbox
    | Slider
    | SliderInt
    | RangeSlider
    | Combo
    | ColorPicker
    | InputText
    | Progress
    | Plot
)
"""Any control. ``origin`` and ``revision`` of those with a value say which change was heard last: the client and its
own count of changes, or ``""`` and 0 where there was none. The value is what held after it. A page that has sent a
newer change ignores the value."""

TEXTS = ("text", "text_colored", "text_wrapped")
"""The kinds of controls that are words and nothing else."""

Value = bool | int | float | str | tuple[float, ...]
"""What a control's value is, whichever it is."""
