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
from ..controls.store import Store
from ..controls.text import Text, TextColored, TextWrapped
from ..protocol.wire import unicode
from .canvas import Canvas, Filter, Fit, Host
from .layout import check_side, check_width

MOST_UPLOAD = 256 << 20
"""Bytes of a file that `Panel.file_dialog` takes unless it is told otherwise."""

Callback = TypeVar("Callback", bound=Callable[[], object])


class Panel(Held):
    """A part of a view; made by `View.panel`. Canvases stand above controls.

    Controls are called as in an immediate-mode interface and return their current value: once, while the notebook sets
    the view up, or in every frame, from a callback. A control that is called in no frame any more disappears, but its
    value is kept.

    A label stands for one control of its panel: used for two kinds in one frame it raises ValueError, which says how to
    tell them apart. Everything from ``##`` on is identity and not shown; what stands before ``###`` may change from
    frame to frame.
    """

    _SETTABLE = frozenset({"callback", "canvases", "store"})  # by `Panel` itself
    _ELSEWHERE = dict.fromkeys(("name", "side", "width"), "it is given where the panel is made, by `view.panel(...)`")

    def __init__(self, name: str, *, side: str | None, width: float, host: Host) -> None:
        check_side(side)
        check_width(width)
        self._name, self._side, self._width = name, side, width
        self.canvases: dict[str, Canvas] = {}
        self.callback: Callable[[], object] | None = None
        self.store = Store()
        self._host = host

    @property
    def name(self) -> str:
        """Unique in its view."""
        return self._name

    @property
    def side(self) -> str | None:
        """Where it is docked, or None; see `View.panel`."""
        return self._side

    @property
    def width(self) -> float:
        """The share that it takes there."""
        return self._width

    @property
    def id(self) -> str:
        """The name, which is unique in its view, as pages use it."""
        return self.name

    def canvas(self, name: str, *, filter: Filter = "linear", fit: bool | Fit = True) -> Canvas:
        """The canvas of this name, made on first use; ``filter`` and ``fit`` (see `Canvas`) count then only."""
        name = unicode(name)
        if name not in self.canvases:
            self.canvases[name] = Canvas(self.id, name, filter=filter, fit=fit, host=self._host)
        return self.canvases[name]

    def on_frame(self, callback: Callback) -> Callback:
        """Decorator: calls ``callback`` in every frame, after the view's own. The last one registered wins.

        Raises TypeError for what is no plain function.
        """
        check_callback(callback, f"on_frame of panel {self.name!r}")
        self.callback = callback
        return callback

    def set(self, label: str, value: Any) -> None:
        """Sets the value of the control of this label, before or after its first use, and whether it is shown or not.

        A slider takes any real number of its range and rounds it to its step, an integer slider whole numbers, a range
        slider two numbers in order, a check box a bool, 0 or 1, a combo an index or the text of an item, a colour three
        numbers in 0..1, a typed line a string of its length. Raises ValueError, and changes nothing, for anything else,
        NaN and infinity included, and where the label is of a control without a value. Before the first use it is that
        which raises.
        """
        self.store.set(label, value)

    def get(self, label: str, default: Any = None) -> Any:
        """The value of the control of this label, shown or not; ``default`` where there is none.

        What `set` gave a label that no control has used yet is its value, too.
        """
        return self.store.get(label, default)

    def text(self, text: str) -> None:
        """A line of text."""
        self.store.placed(Text, text)

    def text_colored(self, r: float, g: float, b: float, a: float, text: str) -> None:
        """A line of text in a colour: red, green, blue and opacity, 0..1 each. Raises ValueError beyond that.

        Where the page can, a colour too light to be read on a light theme is darkened, and the other way round.
        """
        self.store.placed(TextColored, (r, g, b, a), text)

    def text_wrapped(self, text: str) -> None:
        """A paragraph, broken between words where the room ends. Runs of spaces are one; line breaks are kept."""
        self.store.placed(TextWrapped, text)

    def row(self) -> AbstractContextManager[None]:
        """``with panel.row():`` has the controls called within stand side by side, in several lines where it is narrow.

        Rows do not nest: opening one inside another raises RuntimeError.
        """
        return self.store.row()

    def separator(self) -> None:
        """A thin horizontal rule."""
        self.store.placed(Separator)

    def button(self, label: str, width: float = 0, height: float = 0) -> bool:
        """A push button: True in the first call after a click, however often it was clicked; the click waits for it.

        ``width`` and ``height`` are CSS pixels, 0 for natural. Raises ValueError where one is negative or not finite.
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

        It works wherever it was called, and while the view is paused. Below the view the page shows how far the file
        is, and a link to download it once it is saved. The other arguments are those of `Canvas.start_recording`; what
        that raises is told in the widget.
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
        """A button by which a file of the user's machine is sent to the kernel: its path there, once it has arrived.

        The path is told once, like a click: in the next frame, or at the next call, and None before and after. The file
        is a copy in a temporary folder, has its own name made safe, and goes with the view; a file that another has
        replaced goes before, once all that came are more than 1 GiB. A file may also be dropped on the control.
        Headless there is no hand: None.

        Args:
            label: What the button says.
            title: A hint, shown where the pointer rests on it.
            filters: What the browser proposes: ``"*.png;*.jpg"``, a list of such patterns, or of pairs like
                ``("Images", "*.png;*.jpg")``. Users may choose other files all the same.
            initial_dir: Vultorch's, and ignored: a page may not say where a browser looks.
            max_bytes: A larger file is refused, which the page says. 256 MiB unless told otherwise.

        Raises ValueError for filters or ``max_bytes`` that are none, TypeError for a label or title that is no string.

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
        """A name to type and a button: the path to write the file to, once for each click, else None.

        When the program has written that file, at once or later, the page in which the button was clicked downloads it,
        and every page has a link to do so (up to 64 MiB). The path lies in a temporary folder that goes with the view;
        the name is as it was typed, made safe, with ``default_extension`` where it had none. Headless it is None.

        ``title`` and the extensions of ``filters`` are hints, shown where the pointer rests on the control;
        ``initial_dir`` is Vultorch's and ignored. Raises as `file_dialog` does, and ValueError for an extension that is
        none.
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
        """A float in ``min..max``, ``default`` (None: ``min``) at first.

        ``log`` spaces the track by ratio and needs ``min > 0``. ``step`` rounds to a grid from ``min``; 0 is free.
        When the range changes later, a value that it leaves behind becomes its nearer end.

        Raises ValueError for a range that is empty or not finite, a negative ``step``, and a ``default`` outside.
        """
        return self.store.labelled(Slider, label, min, max, default=default, log=log, step=step)

    def slider_int(self, label: str, min: int = 0, max: int = 100, *, default: int = 0) -> int:
        """An integer in ``min..max``, both included.

        ``default`` 0 stands for the nearer end where the range lacks it. Raises ValueError for a range that is empty or
        not of integers, and for another ``default`` outside.
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
        """Two floats in ``min..max``, the lower first: a slider with two thumbs. ``default`` None is the whole range.

        ``log``, ``step``, and a range that changes are as in `slider`. Both values may be the same.

        Raises ValueError for what `slider` raises it for, and for a ``default`` that is not two numbers in order.
        """
        return self.store.labelled(RangeSlider, label, min, max, default=default, log=log, step=step)

    def combo(self, label: str, items: Sequence[str], *, default: int = 0) -> int:
        """A choice among ``items``, strings: the index of the chosen one. It stays when the items change.

        Raises ValueError where there is no item, and for a ``default`` that is no index of one.
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
        """A line of text, as far as it is typed: at most ``max_length`` characters, no line break.

        Raises ValueError for a ``max_length`` beyond 1..65536, and for a ``default`` that is longer or has lines.
        """
        return self.store.labelled(InputText, label, default=default, max_length=max_length)

    def progress(self, fraction: float, *, overlay: str = "") -> None:
        """A bar filled to ``fraction``, with ``overlay`` written on it; beyond 0..1 it is empty or full.

        Raises ValueError for NaN and infinity.
        """
        self.store.placed(Progress, fraction, overlay=overlay)

    def plot(
        self, values: Any, *, label: str = "##plot", overlay: str = "", width: float = 0.0, height: float = 80.0
    ) -> None:
        """A small line plot of ``values``, a sequence or a tensor of numbers. Sizes are CSS pixels, width 0 fills.

        A dict of names to such values is drawn as as many lines, 12 at most, on one scale and with a legend.
        Raises ValueError for values that are no real numbers, more lines, and a negative size.
        """
        self.store.labelled(Plot, label, values, overlay=overlay, width=width, height=height)
