"""Controls as sent to the page: one message class for each kind.

A control is plain data. Its ``id`` is unique in its panel and the same in every frame, so the page can keep the element
that the user is dragging. The user can change fields named ``value``; the kernel decides everything else.
"""

from __future__ import annotations

from typing import Literal

from .message import Message


class Text(Message):
    """A line of text."""

    kind: Literal["text"] = "text"
    id: str
    text: str


class TextColored(Message):
    """A line of text in a colour: ``color`` is red, green, blue and opacity, 0..1 each."""

    kind: Literal["text_colored"] = "text_colored"
    id: str
    text: str
    color: tuple[float, ...]


class TextWrapped(Message):
    """A paragraph. Lines wrap between words, runs of spaces collapse, and line breaks are kept."""

    kind: Literal["text_wrapped"] = "text_wrapped"
    id: str
    text: str


class Row(Message):
    """Controls shown side by side: ``controls`` holds their ids. They are listed after the row."""

    kind: Literal["row"] = "row"
    id: str
    controls: tuple[str, ...]


class Separator(Message):
    """A thin horizontal rule."""

    kind: Literal["separator"] = "separator"
    id: str


class Button(Message):
    """A push button. ``width`` and ``height`` are in CSS pixels, 0 for the natural size.

    The last click that the kernel has handled is change ``revision`` of ``origin``.
    """

    kind: Literal["button"] = "button"
    id: str
    label: str
    width: float
    height: float
    origin: str = ""
    revision: int = 0


RecordState = Literal["ready", "recording", "saving"]


class RecordButton(Message):
    """A push button that starts or stops a recording, depending on ``state``; disabled while ``saving``.

    The last click that the kernel has handled is change ``revision`` of ``origin``.
    """

    kind: Literal["record_button"] = "record_button"
    id: str
    label: str
    state: RecordState
    origin: str = ""
    revision: int = 0


class FileDialog(Message):
    """A button for choosing a file of at most ``most_bytes``, which the page then uploads.

    The browser proposes files with ``extensions`` (lower case, with the dot), or any if there are none. ``name`` and
    ``size`` in bytes describe the last file received; the name is empty before the first. ``title`` is a tooltip.
    """

    kind: Literal["file_dialog"] = "file_dialog"
    id: str
    label: str
    title: str
    extensions: tuple[str, ...]
    most_bytes: int
    name: str
    size: int


class SaveFileDialog(Message):
    """A text field for a file name, initially ``suggested``, and a button that requests the file.

    The last request was change ``revision`` of ``origin``. After it, ``state`` is ``asked`` until the program has
    written the file, with ``size`` bytes, to ``path`` on the kernel's machine. ``token`` is for `Fetch`; it is empty
    while there is no file, or if the file is too large to fetch. ``title`` is a tooltip.
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


class Checkbox(Message):
    """A box that is checked or not."""

    kind: Literal["checkbox"] = "checkbox"
    id: str
    label: str
    value: bool
    origin: str
    revision: int


class Slider(Message):
    """A float in ``min``..``max``. ``log`` makes the track logarithmic; ``step`` is the grid of values, 0 for none.

    ``initial`` is the default, to which the user can reset it; None in replays of earlier versions.
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


class SliderInt(Message):
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


class RangeSlider(Message):
    """Two floats in ``min``..``max``, the lower first. ``log`` and ``step`` as in `Slider`.

    ``value`` is the pair, and ``initial`` the pair to which the user can reset it.
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


class Combo(Message):
    """One of ``items``, selected by its index ``value``."""

    kind: Literal["combo"] = "combo"
    id: str
    label: str
    items: tuple[str, ...]
    value: int
    origin: str
    revision: int


class ColorPicker(Message):
    """A colour: ``value`` is red, green and blue, 0..1 each."""

    kind: Literal["color_picker"] = "color_picker"
    id: str
    label: str
    value: tuple[float, ...]
    origin: str
    revision: int


class InputText(Message):
    """A text field for one line of at most ``max_length`` characters."""

    kind: Literal["input_text"] = "input_text"
    id: str
    label: str
    max_length: int
    value: str
    origin: str
    revision: int


class Progress(Message):
    """A bar filled to ``fraction`` (0..1), with the text ``overlay``."""

    kind: Literal["progress"] = "progress"
    id: str
    fraction: float
    overlay: str


class Curve(Message):
    """One line of a plot. A value that is not finite is ``None`` and leaves a gap.

    ``length`` is the number of values before some were dropped. All curves start together, and a shorter one ends
    earlier. ``name`` is empty for an unnamed line.
    """

    name: str
    values: tuple[float | None, ...]
    length: int


class Plot(Message):
    """A small line plot with all curves on one scale. A ``width`` of 0 fills the panel."""

    kind: Literal["plot"] = "plot"
    id: str
    label: str
    overlay: str
    curves: tuple[Curve, ...]
    width: float
    height: float


class Measures(Message):
    """Numbers that say how far one picture is from another, as readable ``items``: "PSNR 31.20 dB". The label names the
    pictures.
    """

    kind: Literal["measures"] = "measures"
    id: str
    label: str
    items: tuple[str, ...]


class NetworkRow(Message):
    """A layer of a network as last measured. ``at`` is its index in the model, from 0.

    ``numbers`` are the norms of its weights and gradients, its update relative to its weights, and the shares of dead
    units and of saturated values, 0..1; None if there is none. ``strange`` counts the examined values that are not
    finite. ``level`` is from 0, healthy, to 3, and ``why`` says in a few words what is wrong.
    """

    at: int
    name: str
    numbers: tuple[float | None, ...]
    strange: int
    level: int
    why: str


class NetworkStrips(Message):
    """How the values of layer ``at`` were distributed over time; ``about`` describes the layer.

    Each strip is a text of columns with ``bins`` characters each. For every bin, from the most negative values to the
    most positive, a base-36 digit gives the square root of its share of the values, 0 for none. A dot means not
    measured.
    """

    at: int
    about: str
    weights: str
    gradients: str
    activations: str


class Network(Message):
    """The layers of a network as of ``step``: the ``rows`` of those that look worst, worst first.

    ``layers`` is how many there are, and ``unwell`` how many of them look wrong. ``note`` says what measuring costs.
    ``strips`` refer to rows by ``at``, and have a column for each of ``steps``, which may reach beyond ``step``.
    """

    kind: Literal["network"] = "network"
    id: str
    label: str
    step: int
    note: str
    layers: int
    unwell: int
    rows: tuple[NetworkRow, ...]
    steps: tuple[int, ...]
    bins: int
    strips: tuple[NetworkStrips, ...]


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
    | Measures
    | Network
)
"""Any control. For those with a value, ``origin`` and ``revision`` identify the last change that the kernel applied:
the client and its change count, or ``""`` and 0 before the first. ``value`` is the value after that change. A page that
has sent a newer change ignores it."""

TEXTS = ("text", "text_colored", "text_wrapped")
"""The kinds of controls that only show text."""

Value = bool | int | float | str | tuple[float, ...]
"""The type of the value of any control."""
