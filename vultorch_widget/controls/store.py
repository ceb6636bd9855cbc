"""The controls of one panel: an immediate-mode interface whose controls keep their values between calls.

A control called outside a frame, while a notebook sets up a view, stays for good. A control called in a frame is shown
until no frame has called it for a while (`absence.py`). The former come first, in the order of their first call. A
frame that calls one of them gets that same control.

A control is identified by its kind and its whole label, ``##`` and the rest included, or, as in Dear ImGui, by the part
from ``###`` on. Text, separators and progress bars have no label and are identified by their place among those of their
kind. All methods must be called on the owner's thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ParamSpec, Protocol, TypeVar

from ..protocol.controls import Control as Message
from ..protocol.controls import Value
from .control import Control, Ledger
from .labels import identity
from .roster import MAX_CONTROLS, Roster
from .row import Row

MOST_LEFT = MAX_CONTROLS
"""Maximum controls that are remembered although no frame calls them. Beyond it, those that left first are forgotten."""
P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
C = TypeVar("C", bound=Control[Any])


class Called(Protocol[P, R_co]):
    """A kind of control, by the parameters and the result of its method ``called``."""

    def called(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """See `control.Control`."""


class Store:
    """The controls of one panel, and which of them are shown.

    A control keeps its value while it is not called. Its ``default`` counts only at the first call and must be valid
    there. ``crowded`` is called when a control with a value is forgotten for the first time; see `MOST_LEFT`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, crowded: Callable[[], None] = lambda: None) -> None:
        self._ledger = Ledger()
        self._roster = Roster(clock)
        self._controls: dict[str, Control[Any]] = {}
        self._by_label: dict[str, Control[Any]] = {}  # whichever kind was called last
        self._left: dict[str, None] = {}  # ids of controls that left and are remembered; some have come back
        self._crowded = crowded
        self._told = False  # `crowded` was called

    @property
    def changes(self) -> int:
        """An upper bound on how often values have changed so far."""
        return self._ledger.changes

    def begin_frame(self) -> None:
        """Starts a frame, to which later calls belong. Abandons a frame that is still running."""
        if self._roster.in_frame:
            self.abandon_frame()
        self._roster.begin()

    def end_frame(self) -> None:
        """Shows the controls called since `begin_frame`, and those that stay. Does nothing if no frame is running."""
        if gone := self._roster.end(whole=True):
            self._forget(gone)

    def keep_controls(self) -> None:
        """Lets the running frame show all controls of the last one, too, because its code has raised."""
        self._roster.keep()

    def abandon_frame(self) -> None:
        """Shows the controls of the previous frame, as after an exception. Keeps new values and reported clicks."""
        self._forget(self._roster.end(whole=False))

    def _forget(self, gone: list[str]) -> None:
        """Drops those of the controls ``gone`` that have nothing to remember, and the oldest beyond `MOST_LEFT`."""
        for ident in gone:
            self._left.pop(ident, None)
            if self._controls[ident].remembers:
                self._left[ident] = None
            else:
                self._drop(ident)
        while len(self._left) > MOST_LEFT:
            ident = next(iter(self._left))
            del self._left[ident]
            if not self._roster.is_shown(ident):
                self._drop(ident)
                if not self._told:
                    self._told = True
                    self._crowded()

    def _drop(self, ident: str) -> None:
        control = self._controls.pop(ident)
        if self._by_label.get(control.key) is control:
            del self._by_label[control.key]

    # --- calls -------------------------------------------------------------------------------------------------------

    def labelled(self, kind: type[Called[P, R_co]], label: str, /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Calls the control of this kind and label, which is created if needed. Returns what ``called`` returns.

        Raises what ``called`` raises, TypeError if the label is not a string, and ValueError if another kind uses the
        label here or the panel has too many controls.
        """
        control = self._known_by_label(kind, label)
        result: R_co = control.called(*args, **kwargs)
        self._roster.add(control.id)
        self._controls[control.id] = self._by_label[control.key] = control
        return result

    def placed(self, kind: type[Called[P, R_co]], /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Calls the next control of this kind, which has no label and is identified by its place."""
        control = self._known_by_place(kind)
        result: R_co = control.called(*args, **kwargs)
        self._roster.add(control.id)
        self._controls[control.id] = control
        return result

    @contextmanager
    def row(self) -> Iterator[None]:
        """Puts the controls called inside into one row. Raises RuntimeError if a row is already open.

        A control that was called before, in the same frame or outside frames, stays where it is.
        """
        if self._roster.in_row:
            raise RuntimeError("a row is open already and rows do not nest; end it before the next row() begins")
        with self._roster.inside(self.placed(Row)):
            yield

    def _known_by_label(self, kind: Any, label: str) -> Any:  # the dict holds controls of all kinds
        key, name = identity(label), kind.kind
        other = self._by_label.get(key)
        if other is not None and other.kind != name and self._roster.called_here(other.id):
            raise ValueError(f"label {label!r} is used for a {other.kind} and for a {name}; add ##name to one")
        ident = f"{name}:{key}"
        if kind.many_of_a_label and self._roster.in_frame and (count := self._roster.count(ident)) > 1:
            ident = f"{name} {count}:{key}"
        known = self._controls.get(ident)
        if known is None:
            return kind(ident, label, self._ledger)
        if label != known.label:
            known.relabel(label)
        return known

    def _known_by_place(self, kind: Any) -> Any:
        scope = "frame:" if self._roster.in_frame else ""
        ident = f"{kind.kind}:{scope}{self._roster.count(kind.kind)}"
        return self._controls.get(ident) or kind(ident, "", self._ledger)

    # --- values ------------------------------------------------------------------------------------------------------

    def set(self, label: str, value: Any) -> None:
        """Sets the value of the control with this label, converted to its type; see `Valued.accept`.

        Raises ValueError and changes nothing if the control refuses the value or has none. If there is no such control
        yet, the value is kept for the first call, which raises instead; beyond `MAX_CONTROLS` such values, this raises.
        """
        key = identity(label)
        control = self._by_label.get(key)
        if control is not None:
            control.set(label, value)
            return
        presets = self._ledger.presets
        if key not in presets and len(presets) >= MAX_CONTROLS:
            raise ValueError(
                f"the value of {label!r} cannot be set: {MAX_CONTROLS} values wait for controls that were never "
                "called; call those controls first, or set only values of controls that the panel has"
            )
        presets[key] = value

    def get(self, label: str, default: Any = None) -> Any:
        """The value of the control with this label, shown or not; the one kept for its first call; or ``default``."""
        key = identity(label)
        control = self._by_label.get(key)
        if control is not None and control.has_value:
            return control.spec.value
        return self._ledger.presets.get(key, default)

    def find(self, label: str) -> Control[Any] | None:
        """The control with this label, shown or not."""
        return self._by_label.get(identity(label))

    def known(self, control_id: str) -> Control[Any] | None:
        """The control with this id, shown or not."""
        return self._controls.get(control_id)

    def labels(self) -> list[str]:
        """The labels of all controls with a value."""
        return [control.label for control in self._controls.values() if control.has_value]

    def apply(self, control_id: str, value: Value, client: str, revision: int) -> None:
        """Applies input from a page: a value, or True for a click.

        A value that arrives after its control has left counts when the control is called again. Raises ValueError if
        the control is unknown, is no longer shown and has no value, or refuses the input.
        """
        control = self._controls.get(control_id)
        if control is None or not (control.has_value or self._roster.is_shown(control_id)):
            raise ValueError(f"no control {control_id!r} is shown")
        control.hear(value, client, revision)

    def values(self) -> dict[str, Any]:
        """The value of every control that has one, shown or not, by id; and True for each click not reported yet."""
        found = {ident: control.spec.value for ident, control in self._controls.items() if control.has_value}
        clicks = {ident: True for ident, control in self._controls.items() if control.is_clicked}
        return found | clicks

    def put_back(self, values: Mapping[str, Any]) -> None:
        """Restores the values that `values` returned, as far as the controls can take them, and repeats clicks."""
        for ident, value in values.items():
            control = self._controls.get(ident)
            if control is not None:
                control.put_back(value)

    def is_shown(self, control_id: str) -> bool:
        """True if the control with this id is on the page."""
        return self._roster.is_shown(control_id)

    def shown(self, kind: type[C], control_id: str) -> C:
        """The shown control with this kind and id. Raises ValueError if there is none."""
        control = self._controls.get(control_id)
        if not isinstance(control, kind) or not self._roster.is_shown(control_id):
            raise ValueError(f"no {kind.kind.replace('_', ' ')} {control_id!r} is shown")
        return control

    def specs(self) -> tuple[Message, ...]:
        """The messages of the shown controls, in order. An unchanged message is the same object as before."""
        rows = self._roster.rows()
        return tuple(self._controls[ident].shown(rows.get(ident, ())) for ident in self._roster.shown())
