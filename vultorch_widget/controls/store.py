"""The controls of one panel: called as in an immediate-mode interface, kept as a tree with the values that hands gave.

A control that is called outside any frame (while a notebook sets a view up) stays. One that is called in a frame is
shown until frames have not called it for a while (`absence.py`). What is shown is the former in the order of their
first call, then the latter; a frame that calls one of the former means that very control.

A control is known by its kind and its whole label, ``##`` and what follows included; or, as in Dear ImGui, by what
follows ``###``: then the part before may change from frame to frame. Text, separators and progress bars
have no label and are known by their place among those of their kind. All methods belong to the owner's thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast, get_args

from . import definitions
from .behind import Behind, Opened, RecordSwitch
from .roster import Roster
from .spec import (
    Button,
    Control,
    FileDialog,
    RecordButton,
    Row,
    Separator,
    Slider,
    SliderInt,
    Text,
    TextWrapped,
    Value,
)
from .values import Valued, accept, accept_from_page, fit, real

B = TypeVar("B", bound=Behind)

_VALUED = get_args(Valued)
_UNSET: Any = object()


@dataclass(slots=True)
class _Entry:
    """One control. ``call`` is the arguments that ``spec`` was made from; ``heard``, the last change by a page."""

    id: str
    label: str | None
    spec: Any = None  # a Control, None until the first call has gone through
    call: object = _UNSET
    clicked: bool = False
    behind: Behind | None = None  # what hears and shows more than a value
    heard: tuple[str, int] = ("", 0)


class Store:
    """Values and shown controls of one panel.

    A control with a value keeps it while it is not called. Its ``default`` counts at the first call only and has to be
    one of the values that it takes there.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.changes = 0  # of values, so far, or more
        self._roster = Roster(clock)
        self._entries: dict[str, _Entry] = {}
        self._by_label: dict[str, _Entry] = {}  # whichever kind was called last
        self._presets: dict[str, Any] = {}  # set before the first call

    def begin_frame(self) -> None:
        """From here on, calls belong to the frame. A frame that is still running is abandoned."""
        if self._roster.in_frame:
            self.abandon_frame()
        self._roster.begin()

    def end_frame(self) -> None:
        """Shows what was called since `begin_frame`, and what stays. Does nothing where no frame is running."""
        self._forget(self._roster.end(whole=True))

    def abandon_frame(self) -> None:
        """Shows what the frame before had called, as after an exception. Values and clicks taken stay taken."""
        self._forget(self._roster.end(whole=False))

    def _forget(self, gone: list[str]) -> None:
        """Drops controls that are no longer called and have nothing to remember."""
        for ident in gone:
            entry = self._entries[ident]
            pending = entry.clicked or (entry.behind is not None and entry.behind.pending)
            if isinstance(entry.spec, _VALUED) or pending:
                continue
            del self._entries[ident]
            if entry.label is not None and self._by_label.get(entry.label) is entry:
                del self._by_label[entry.label]

    # --- controls ----------------------------------------------------------------------------------------------------

    def text(self, text: str) -> None:
        """A line of text, shown as it is, ``##`` included. Raises TypeError where it is no string."""
        entry = self._unlabelled("text")
        if entry.call != _words("text", text):
            entry.spec, entry.call = Text(id=entry.id, text=text), text
        self._show(entry)

    def text_colored(self, color: tuple[float, float, float, float], text: str) -> None:
        """A line of text; ``color`` is red, green, blue, opacity. Raises ValueError where one is not in 0..1."""
        call = (color, _words("text_colored", text))
        entry = self._unlabelled("text_colored")
        if entry.call != call:
            entry.spec, entry.call = definitions.text_colored(entry.id, color, text), call
        self._show(entry)

    def text_wrapped(self, text: str) -> None:
        """A paragraph, broken between words. Raises TypeError where it is no string."""
        entry = self._unlabelled("text_wrapped")
        if entry.call != _words("text_wrapped", text):
            entry.spec, entry.call = TextWrapped(id=entry.id, text=text), text
        self._show(entry)

    @contextmanager
    def row(self) -> Iterator[None]:
        """What is called within stands in one row. Raises RuntimeError where a row is open already.

        A control that was called before, in the same frame or outside frames, stays where it was.
        """
        if self._roster.in_row:
            raise RuntimeError("a row is open already and rows do not nest; end it before the next row() begins")
        entry = self._unlabelled("row")
        entry.spec = entry.spec or Row(id=entry.id, controls=())
        self._show(entry)
        with self._roster.inside(entry.id):
            yield

    def separator(self) -> None:
        """A thin horizontal rule."""
        entry = self._unlabelled("separator")
        entry.spec = entry.spec or Separator(id=entry.id)
        self._show(entry)

    def button(self, label: str, width: float = 0, height: float = 0) -> bool:
        """True where it was clicked, however often, since the last call; each click is told once."""
        entry = self._labelled("button", label)
        if entry.call != (width, height):
            blank, held = definitions.button(entry.id, label, width, height), entry.spec
            entry.spec = blank if held is None else replace(blank, origin=held.origin, revision=held.revision)
            entry.call = (width, height)
        self._show(entry)
        clicked, entry.clicked = entry.clicked, False
        return clicked

    def record_button(self, key: str, switch: RecordSwitch) -> None:
        """A button known by ``key``, which looks and does as ``switch`` says."""
        entry = self._labelled("record_button", f"###{key}")
        entry.spec = entry.spec or RecordButton(id=entry.id, label="", state="ready")
        entry.behind = switch
        self._show(entry)

    def attached(
        self, kind: str, label: str, call: object, define: Callable[[str], Control], make: Callable[[], B]
    ) -> B:
        """What stands behind the control of ``kind`` and ``label``, made where there is none.

        ``define`` makes its spec of its id, again whenever ``call``, the arguments of that, has changed.
        """
        entry = self._labelled(kind, label)
        if entry.call != call:
            entry.spec, entry.call = define(entry.id), call
        entry.behind = entry.behind or make()
        self._show(entry)
        return cast("B", entry.behind)

    def opener(self, control_id: str) -> tuple[FileDialog, Opened]:
        """The file dialog that is shown by this id, and what takes its file. Raises ValueError where there is none."""
        entry = self._entries.get(control_id)
        if entry is None or not isinstance(entry.behind, Opened) or not self._roster.is_shown(control_id):
            raise ValueError(f"no file dialog {control_id!r} is shown")
        return entry.spec, entry.behind

    def checkbox(self, label: str, *, default: bool = False) -> bool:
        """Whether the box is ticked."""
        entry = self._labelled("checkbox", label)
        if entry.call is _UNSET:
            self._define(entry, (), definitions.checkbox(entry.id, label), default)
        self._show(entry)
        return bool(entry.spec.value)

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
        """A float in ``min``..``max``; ``default`` None is ``min``. A value that the range leaves behind follows it."""
        entry = self._labelled("slider", label)
        call = (min, max, log, step)
        if entry.call != call:
            blank = definitions.slider(entry.id, label, min, max, log=log, step=step)
            self._define(entry, call, blank, blank.min if default is None else default)
        self._show(entry)
        return float(entry.spec.value)

    def slider_int(self, label: str, min: int = 0, max: int = 100, *, default: int = 0) -> int:
        """An integer in ``min``..``max``, both included. The ``default`` 0 becomes the end of a range that lacks it."""
        entry = self._labelled("slider_int", label)
        if entry.call != (min, max):
            blank = definitions.slider_int(entry.id, label, min, max)
            self._define(entry, (min, max), blank, fit(blank, 0) if default == 0 else default)
        self._show(entry)
        return int(entry.spec.value)

    def combo(self, label: str, items: Sequence[str], *, default: int = 0) -> int:
        """The index of the chosen item. It stays when the items change, and becomes the last where there are fewer."""
        entry = self._labelled("combo", label)
        call = definitions.choices(label, items)
        if entry.call != call:
            self._define(entry, call, definitions.combo(entry.id, label, call), default)
        self._show(entry)
        return int(entry.spec.value)

    def color_picker(
        self, label: str, *, default: tuple[float, float, float] = (1.0, 1.0, 1.0)
    ) -> tuple[float, float, float]:
        """A colour: red, green and blue, 0..1 each."""
        entry = self._labelled("color_picker", label)
        if entry.call is _UNSET:
            self._define(entry, (), definitions.color_picker(entry.id, label), default)
        self._show(entry)
        red, green, blue = entry.spec.value
        return red, green, blue

    def input_text(self, label: str, *, default: str = "", max_length: int = 256) -> str:
        """A line that is typed, of ``max_length`` characters at most; a longer one is cut where that shrinks."""
        entry = self._labelled("input_text", label)
        if entry.call != max_length:
            self._define(entry, max_length, definitions.input_text(entry.id, label, max_length), default)
        self._show(entry)
        return str(entry.spec.value)

    def progress(self, fraction: float, *, overlay: str = "") -> None:
        """A bar filled to ``fraction``; beyond 0..1 it is empty or full. Raises ValueError for NaN and infinity."""
        # A tensor is the same object when it is another number.
        entry, fraction = self._unlabelled("progress"), real("progress", "fraction", fraction)
        if entry.call != (fraction, overlay):
            entry.spec, entry.call = definitions.progress(entry.id, fraction, overlay), (fraction, overlay)
        self._show(entry)

    def plot(
        self, values: Any, *, label: str = "##plot", overlay: str = "", width: float = 0.0, height: float = 80.0
    ) -> None:
        """A line plot of ``values`` (n,), read at once: a sequence, array or tensor of real numbers, on any device.

        A mapping of names to such values is as many lines, with a legend.

        Having no value, plots of one label in one frame are as many plots; outside frames they are one.
        """
        entry = self._labelled("plot", label)
        entry.spec = definitions.plot(entry.id, label, values, overlay, width, height)
        self._show(entry)

    def set(self, label: str, value: Any) -> None:
        """Gives the control of this label a value, converted to its type: `values.accept` says what it takes.

        Raises ValueError, and changes nothing, for what it does not take. Where no such control has been called yet,
        the value waits for the first call, which raises instead; where the label is of a button or a plot, raises.
        """
        key = definitions.identity(label)
        entry = self._by_label.get(key)
        if entry is None:
            self._presets[key] = value
            return
        if not isinstance(entry.spec, _VALUED):
            raise ValueError(f"{entry.spec.kind} {label!r} has no value to set")
        accepted = accept(entry.spec, value)
        if accepted != entry.spec.value:
            self.changes += 1
            entry.spec = replace(entry.spec, value=accepted)

    def get(self, label: str, default: Any = None) -> Any:
        """The value of the control of this label, shown or not; one that waits for it; else ``default``."""
        key = definitions.identity(label)
        entry = self._by_label.get(key)
        if entry is not None and isinstance(entry.spec, _VALUED):
            return entry.spec.value
        return self._presets.get(key, default)

    def apply(self, control_id: str, value: Value, client: str, revision: int) -> None:
        """Takes what a hand on a page did: a value, or True for a click.

        A change older than one already heard from the same client is passed over. A value that comes just after its
        control has left holds when that is called again. Raises ValueError for a control that never was or has no
        value, for a click on one that has left, and for a wrong type or a number outside the range. What is refused
        changes no value, yet the control then carries ``client`` and ``revision``, so that the page shows what holds.
        """
        entry = self._entries.get(control_id)
        if entry is None or not (isinstance(entry.spec, _VALUED) or self._roster.is_shown(control_id)):
            raise ValueError(f"no control {control_id!r} is shown")
        if isinstance(entry.spec, Button):
            if value is not True:
                raise ValueError(f"button {entry.label!r} takes True, not {value!r}")
            entry.clicked = True
            entry.spec = replace(entry.spec, origin=client, revision=revision)
            return
        if entry.behind is not None:
            if isinstance(entry.spec, RecordButton):  # also where the click fails, or the page would wait for ever
                entry.spec = replace(entry.spec, origin=client, revision=revision)
            entry.behind.hear(value, client, revision)
            return
        if not isinstance(entry.spec, _VALUED):
            raise ValueError(f"control {control_id!r} has no value to set")
        if client == entry.heard[0] and revision <= entry.heard[1]:
            return
        entry.spec = replace(entry.spec, origin=client, revision=revision)
        entry.spec = replace(entry.spec, value=accept_from_page(entry.spec, value))
        entry.heard = (client, revision)
        self.changes += 1

    def specs(self) -> tuple[Control, ...]:
        """The controls to show, in order. A control that did not change is the same object as before."""
        rows = self._roster.rows()
        return tuple(self._spec(ident, rows) for ident in self._roster.shown())

    def _spec(self, ident: str, rows: dict[str, tuple[str, ...]]) -> Control:
        entry = self._entries[ident]
        if isinstance(entry.spec, Row) and entry.spec.controls != (controls := rows.get(ident, ())):
            entry.spec = Row(id=ident, controls=controls)
        if entry.behind is not None:
            entry.spec = entry.behind.shown(entry.spec)
        spec: Control = entry.spec
        return spec

    def _labelled(self, kind: str, label: str) -> _Entry:
        """The control of this kind and label, new where there is none. Raises ValueError where it cannot be."""
        key = definitions.identity(label)
        other = self._by_label.get(key)
        if other is not None and other.spec.kind != kind and self._roster.called_here(other.id):
            raise ValueError(f"label {label!r} is used for a {other.spec.kind} and for a {kind}; add ##name to one")
        ident = f"{kind}:{key}"
        if kind == "plot" and self._roster.in_frame and (count := self._roster.count(ident)) > 1:
            ident = f"plot {count}:{key}"
        entry = self._entries.get(ident) or _Entry(ident, key)
        if entry.spec is not None and entry.spec.label != (shown := definitions.visible(label)):
            entry.spec = replace(entry.spec, label=shown)
        return entry

    def _unlabelled(self, kind: str) -> _Entry:
        """The next control of this kind, known by its place."""
        scope = "frame:" if self._roster.in_frame else ""
        ident = f"{kind}:{scope}{self._roster.count(kind)}"
        return self._entries.get(ident) or _Entry(ident, None)

    def _define(self, entry: _Entry, call: object, blank: Valued, default: Any) -> None:
        """Gives ``entry`` the spec ``blank`` with the value that it had, was preset to, or has by default."""
        held: Valued | None = entry.spec
        value: Any
        if held is None:
            value = accept(blank, self._presets.get(entry.label or "", default))
            self._presets.pop(entry.label or "", None)
        else:
            value = fit(blank, held.value)
        if isinstance(blank, (Slider, SliderInt)):
            initial: Any = fit(blank, real(f"{blank.kind} {entry.label!r}", "default", default))
            blank = replace(blank, initial=initial)
        self.changes += 1
        entry.spec, entry.call = replace(blank, value=value), call
        if held is not None:
            entry.spec = replace(entry.spec, origin=held.origin, revision=held.revision)

    def _show(self, entry: _Entry) -> None:
        """Counts ``entry`` among the controls called here."""
        self._roster.add(entry.id)
        self._entries[entry.id] = entry
        if entry.label is not None:
            self._by_label[entry.label] = entry


def _words(kind: str, text: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"{kind} takes a string, not {text!r}")
    return text
