"""Every kind of control."""

from __future__ import annotations

from typing import Any

from .button import Button
from .checkbox import Checkbox
from .color_picker import ColorPicker
from .combo import Combo
from .control import Control
from .file_dialog import FileDialog
from .input_text import InputText
from .measures import Measures
from .network import Network
from .plot import Plot
from .progress import Progress
from .range_slider import RangeSlider
from .record_button import RecordButton
from .row import Row
from .save_file_dialog import SaveFileDialog
from .separator import Separator
from .slider import Slider
from .slider_int import SliderInt
from .text import Text, TextColored, TextWrapped

_ALL: tuple[type[Control[Any]], ...] = (
    Text,
    TextColored,
    TextWrapped,
    Row,
    Separator,
    Button,
    RecordButton,
    FileDialog,
    SaveFileDialog,
    Checkbox,
    Slider,
    SliderInt,
    RangeSlider,
    Combo,
    ColorPicker,
    InputText,
    Progress,
    Plot,
    Measures,
    Network,
)

KINDS: dict[str, type[Control[Any]]] = {control.kind: control for control in _ALL}
"""The classes of controls by the names of their kinds."""
