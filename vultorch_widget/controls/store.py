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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, Protocol, TypeVar

from ..protocol.controls import Control as Message
from ..protocol.controls import Value
from .control import Control, Ledger
from .labels import identity
from .roster import Roster
from .row import Row

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
C = TypeVar("C", bound=Control[Any])


class Called(Protocol[P, R_co]):
    """A kind of control: what its method takes and returns."""

    def called(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """See `control.Control`."""


class Store:
    """Values and shown controls of one panel.

    A control with a value keeps it while it is not called. Its ``default`` counts at the first call only and has to be
    one of the values that it takes there.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._ledger = Ledger()
        self._roster = Roster(clock)
        self._controls: dict[str, Control[Any]] = {}
        self._by_label: dict[str, Control[Any]] = {}  # whichever kind was called last

    @property
    def changes(self) -> int:
        """How often values have changed so far, or more."""
        return self._ledger.changes

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
            control = self._controls[ident]
            if control.remembers:
                continue
            del self._controls[ident]
            if self._by_label.get(control.key) is control:
                del self._by_label[control.key]

    # --- calls -------------------------------------------------------------------------------------------------------

    def labelled(self, kind: type[Called[P, R_co]], label: str, /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Calls the control of this kind and label, new where there is none. Returns and raises what its call does.

        Raises TypeError where the label is no string, ValueError where it is of another kind here, and where there are
        more controls than a panel may have.
        """
        control = self._known_by_label(kind, label)
        result: R_co = control.called(*args, **kwargs)
        self._roster.add(control.id)
        self._controls[control.id] = self._by_label[control.key] = control
        return result

    def placed(self, kind: type[Called[P, R_co]], /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Calls the next control of this kind, which has no label and is known by its place."""
        control = self._known_by_place(kind)
        result: R_co = control.called(*args, **kwargs)
        self._roster.add(control.id)
        self._controls[control.id] = control
        return result

    @contextmanager
    def row(self) -> Iterator[None]:
        """What is called within stands in one row. Raises RuntimeError where a row is open already.

        A control that was called before, in the same frame or outside frames, stays where it was.
        """
        if self._roster.in_row:
            raise RuntimeError("a row is open already and rows do not nest; end it before the next row() begins")
        with self._roster.inside(self.placed(Row)):
            yield

    def _known_by_label(self, kind: Any, label: str) -> Any:  # controls of all kinds are kept together
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
        """Gives the control of this label a value, converted to its type: `Valued.accept` says what it takes.

        Raises ValueError, and changes nothing, for what it does not take. Where no such control has been called yet,
        the value waits for the first call, which raises instead; where the label is of a button or a plot, raises.
        """
        key = identity(label)
        control = self._by_label.get(key)
        if control is None:
            self._ledger.presets[key] = value
        else:
            control.set(label, value)

    def get(self, label: str, default: Any = None) -> Any:
        """The value of the control of this label, shown or not; one that waits for it; else ``default``."""
        key = identity(label)
        control = self._by_label.get(key)
        if control is not None and control.has_value:
            return control.spec.value
        return self._ledger.presets.get(key, default)

    def apply(self, control_id: str, value: Value, client: str, revision: int) -> None:
        """Takes what a hand on a page did: a value, or True for a click.

        A value that comes just after its control has left holds when that is called again. Raises ValueError for a
        control that never was, for one without a value that has left, and for what the control does not take.
        """
        control = self._controls.get(control_id)
        if control is None or not (control.has_value or self._roster.is_shown(control_id)):
            raise ValueError(f"no control {control_id!r} is shown")
        control.hear(value, client, revision)

    def shown(self, kind: type[C], control_id: str) -> C:
        """The control of this kind that pages show by this id. Raises ValueError where there is none."""
        control = self._controls.get(control_id)
        if not isinstance(control, kind) or not self._roster.is_shown(control_id):
            raise ValueError(f"no {kind.kind.replace('_', ' ')} {control_id!r} is shown")
        return control

    def specs(self) -> tuple[Message, ...]:
        """The controls to show, in order. A control that did not change is the same object as before."""
        rows = self._roster.rows()
        return tuple(self._controls[ident].shown(rows.get(ident, ())) for ident in self._roster.shown())
