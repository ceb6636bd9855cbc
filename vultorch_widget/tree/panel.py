"""A panel: a named part of a view with canvases and controls in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from ..basics.arguments import check_callback
from ..basics.held import Held
from ..controls.button import Button
from ..controls.checkbox import Checkbox
from ..controls.color_picker import ColorPicker
from ..controls.combo import Combo
from ..controls.file_dialog import FileDialog
from ..controls.file_filters import Filters
from ..controls.input_text import InputText
from ..controls.plot import Plot
from ..controls.progress import Progress
from ..controls.range_slider import RangeSlider
from ..controls.record_button import RecordButton
from ..controls.save_file_dialog import SaveFileDialog
from ..controls.separator import Separator
from ..controls.slider import Slider
from ..controls.slider_int import SliderInt
from ..controls.store import MOST_LEFT, Store
from ..controls.text import Text, TextColored, TextWrapped
from ..protocol.wire import unicode
from .canvas import Canvas, Filter, Fit, Host
from .layout import check_side, check_width

MOST_UPLOAD = 256 << 20
"""Largest file, in bytes, that `Panel.file_dialog` takes by default."""

Callback = TypeVar("Callback", bound=Callable[[], object])


class Panel(Held):
    """A part of a view, made by `View.panel`. Its canvases are shown above its controls.

    Controls work as in an immediate-mode interface: each call returns the current value. Call them once, while the
    notebook sets the view up, or in every frame, from a callback. A control that frames no longer call disappears, but
    its value is kept, unless more than 1,000 others have disappeared since.

    A label names one control of its panel. Using it for two kinds in one frame raises ValueError, which says how to
    tell them apart. The text from ``##`` on is part of the identity but not shown; the text before ``###`` may change
    from frame to frame.
    """

    _SETTABLE = frozenset({"callback", "canvases", "store"})  # set by `Panel` itself
    _ELSEWHERE = dict.fromkeys(("name", "side", "width"), "it is given where the panel is made, by `view.panel(...)`")

    def __init__(self, name: str, *, side: str | None, width: float, host: Host) -> None:
        check_side(side)
        check_width(width)
        self._name, self._side, self._width = name, side, width
        self.canvases: dict[str, Canvas] = {}
        self.callback: Callable[[], object] | None = None
        self.store = Store(crowded=self._tell_crowded)
        self._host = host

    @property
    def name(self) -> str:
        """Unique in its view."""
        return self._name

    @property
    def side(self) -> str | None:
        """The side it is docked at, or None. See `View.panel`."""
        return self._side

    @property
    def width(self) -> float:
        """The share that it takes of that side."""
        return self._width

    @property
    def id(self) -> str:
        """The name, unique in its view, in the form that pages use."""
        return self.name

    def _tell_crowded(self) -> None:
        self._host.tell(
            f"Panel {self.name!r} has had controls with more than {MOST_LEFT:,} different labels, and forgets the "
            "values of those that left first. If a label changes, put what identifies its control behind ###, as in "
            "'step 17###rate'."
        )

    def canvas(self, name: str, *, filter: Filter = "linear", fit: bool | Fit = True) -> Canvas:
        """The canvas of this name, made on first use. ``filter`` and ``fit`` (see `Canvas`) only count then."""
        name = unicode(name)
        if name not in self.canvases:
            self.canvases[name] = Canvas(self.id, name, filter=filter, fit=fit, host=self._host)
        return self.canvases[name]

    def on_frame(self, callback: Callback) -> Callback:
        """Decorator: calls ``callback`` in every frame, after the view's own. The last one registered wins.

        Raises TypeError for anything but a plain function.
        """
        check_callback(callback, f"on_frame of panel {self.name!r}")
        self.callback = callback
        return callback

    def set(self, label: str, value: Any) -> None:
        """Sets the value of the control with this label, before or after its first use, shown or not.

        A slider takes any real number in its range and rounds it to its step; an integer slider takes whole numbers; a
        range slider takes two numbers in order; a check box takes a bool, 0 or 1; a combo takes an index or the text of
        an item; a colour takes three numbers in 0..1; a text field takes a string up to its length. Anything else, NaN
        and infinity included, raises ValueError and changes nothing, and so does a control without a value. If the
        control has not been used yet, its first use raises instead.
        """
        self.store.set(label, value)

    def get(self, label: str, default: Any = None) -> Any:
        """The value of the control with this label, shown or not, or ``default`` if there is none.

        A value that `set` gave to a label counts even before a control uses it.
        """
        return self.store.get(label, default)

    def text(self, text: str) -> None:
        """A line of text."""
        self.store.placed(Text, text)

    def text_colored(self, r: float, g: float, b: float, a: float, text: str) -> None:
        """A line of text in a colour: red, green, blue and opacity, 0..1 each. Raises ValueError outside that range.

        Browsers that can do so darken a colour that is too light for a light theme, and lighten one that is too dark
        for a dark theme.
        """
        self.store.placed(TextColored, (r, g, b, a), text)

    def text_wrapped(self, text: str) -> None:
        """A paragraph that wraps between words. Runs of spaces count as one; line breaks are kept."""
        self.store.placed(TextWrapped, text)

    def row(self) -> AbstractContextManager[None]:
        """``with panel.row():`` puts the controls called inside side by side. They wrap in a narrow panel.

        Rows do not nest: opening one inside another raises RuntimeError.
        """
        return self.store.row()

    def separator(self) -> None:
        """A thin horizontal rule."""
        self.store.placed(Separator)

    def button(self, label: str, width: float = 0, height: float = 0) -> bool:
        """A push button: True in the first call after one or more clicks.

        ``width`` and ``height`` are CSS pixels, 0 for the natural size. Raises ValueError if one is negative or not
        finite.
        """
        return self.store.labelled(Button, label, width, height)

    def record_button(
        self,
        canvas: Canvas,
        path: str | os.PathLike[str] = "recording.gif",
        *,
        fps: float = 30,
        quality: float = 0.8,
        start_label: str = "Record",
        stop_label: str = "Stop recording",
    ) -> bool:
        """A button that starts and stops the recording of ``canvas``: True while it is recorded.

        It works outside callbacks and while the view is paused. Below the view, the page shows the progress of the file
        and then a link to download it. The other arguments are those of `Canvas.start_recording`; if that raises, the
        widget shows the error.
        """
        films = self._host.films
        self.store.labelled(
            RecordButton,
            f"###{canvas.id} {os.fspath(path)}",
            (start_label, stop_label),
            state=lambda: films.state(canvas.id),
            click=lambda: films.toggle(canvas.id, path, fps=fps, quality=quality),
        )
        return canvas.is_recording

    def file_dialog(
        self,
        label: str,
        *,
        title: str = "",
        filters: Filters = (),
        initial_dir: str = "",  # noqa: ARG002 (Vultorch's; a browser opens its own)
        max_bytes: int = MOST_UPLOAD,
    ) -> str | None:
        """A button that sends a file from the user's machine to the kernel. Returns its path there once it has arrived.

        Like a click, the path is returned once, by the next call; all other calls return None. The file is a copy in a
        temporary folder, keeps its name made safe, and is removed with the view. Once all files exceed 1 GiB, those
        that a newer one has replaced are removed earlier. Users may also drop a file on the control. A headless view
        always returns None.

        Args:
            label: What the button says.
            title: A hint, shown where the pointer rests on it.
            filters: What the browser proposes: ``"*.png;*.jpg"``, a list of such patterns, or of pairs like
                ``("Images", "*.png;*.jpg")``. Users may choose other files all the same.
            initial_dir: Vultorch's, and ignored: a page may not say where a browser looks.
            max_bytes: A larger file is refused, and the page says so. 256 MiB by default.

        Raises ValueError for invalid filters or ``max_bytes``, TypeError for a label or title that is not a string.

        """
        return self.store.labelled(FileDialog, label, title, filters, max_bytes)

    def save_file_dialog(
        self,
        label: str,
        *,
        title: str = "",
        filters: Filters = (),
        initial_dir: str = "",  # noqa: ARG002 (as above)
        default_extension: str = ".png",
    ) -> str | None:
        """A field for a name and a button. After a click, returns the path to write the file to, once; otherwise None.

        When the program has written the file, at once or later, the page that was clicked downloads it, and every page
        has a link to it (up to 64 MiB). The path is in a temporary folder that is removed with the view. The name is
        the typed one, made safe, with ``default_extension`` if it has none. A headless view always returns None.

        ``title`` and the extensions of ``filters`` are shown as a tooltip. ``initial_dir`` is Vultorch's and ignored.
        Raises as `file_dialog` does, and ValueError for an invalid extension.
        """
        place, offer = self._host.folder.place, self._host.downloads.offer
        return self.store.labelled(SaveFileDialog, label, title, filters, default_extension, place, offer)

    def checkbox(self, label: str, *, default: bool = False) -> bool:
        """A check box: whether it is ticked."""
        return self.store.labelled(Checkbox, label, default)

    def slider(
        self,
        label: str,
        min: float = 0.0,
        max: float = 1.0,
        *,
        default: float | None = None,
        log: bool = False,
        step: float = 0.0,
    ) -> float:
        """A float in ``min..max`` that starts at ``default`` (None: ``min``).

        ``log`` spaces the track logarithmically and needs ``min > 0``. ``step`` rounds values to a grid that starts at
        ``min``; 0 means any value. If the range changes later, a value outside it moves to the nearer end.

        Raises ValueError for an empty or infinite range, a negative ``step``, and a ``default`` outside the range.
        """
        return self.store.labelled(Slider, label, min, max, default=default, log=log, step=step)

    def slider_int(self, label: str, min: int = 0, max: int = 100, *, default: int = 0) -> int:
        """An integer in ``min..max``, both included.

        If 0 is outside the range, ``default`` 0 means the nearer end. Raises ValueError for a range that is empty or
        not of integers, and for any other ``default`` outside the range.
        """
        return self.store.labelled(SliderInt, label, min, max, default=default)

    def range_slider(
        self,
        label: str,
        min: float = 0.0,
        max: float = 1.0,
        *,
        default: tuple[float, float] | None = None,
        log: bool = False,
        step: float = 0.0,
    ) -> tuple[float, float]:
        """Two floats in ``min..max``, the lower first, set with two thumbs. ``default`` None is the whole range.

        ``log``, ``step`` and a changing range work as in `slider`. The two values may be equal.

        Raises ValueError as `slider` does, and for a ``default`` that is not two numbers in order.
        """
        return self.store.labelled(RangeSlider, label, min, max, default=default, log=log, step=step)

    def combo(self, label: str, items: Sequence[str], *, default: int = 0) -> int:
        """A choice among ``items``, which are strings. Returns the chosen index, which stays when the items change.

        Raises ValueError for no items, and for a ``default`` that is not the index of an item.
        """
        return self.store.labelled(Combo, label, items, default=default)

    def color_picker(
        self, label: str, *, default: tuple[float, float, float] = (1.0, 1.0, 1.0)
    ) -> tuple[float, float, float]:
        """A colour: red, green and blue, 0..1 each, as they are displayed.

        Raises ValueError for a ``default`` that is not three such numbers.
        """
        return self.store.labelled(ColorPicker, label, default)

    def input_text(self, label: str, *, default: str = "", max_length: int = 256) -> str:
        """A text field. Returns what is typed so far: one line of at most ``max_length`` characters.

        Raises ValueError for a ``max_length`` outside 1..65536, and for a ``default`` that is longer or has line
        breaks.
        """
        return self.store.labelled(InputText, label, default=default, max_length=max_length)

    def progress(self, fraction: float, *, overlay: str = "") -> None:
        """A bar filled to ``fraction``, with ``overlay`` written on it. Values outside 0..1 are clamped.

        Raises ValueError for NaN and infinity.
        """
        self.store.placed(Progress, fraction, overlay=overlay)

    def plot(
        self, values: Any, *, label: str = "##plot", overlay: str = "", width: float = 0.0, height: float = 80.0
    ) -> None:
        """A small line plot of ``values``, a sequence or tensor of numbers. Sizes are CSS pixels; width 0 fills it.

        A dict maps names to such values: one line each, at most 12, on one scale and with a legend. Raises ValueError
        for values that are not real numbers, more than 12 lines, and a negative size.
        """
        self.store.labelled(Plot, label, values, overlay=overlay, width=width, height=height)
