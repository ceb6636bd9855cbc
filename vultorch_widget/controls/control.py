"""The interface that every kind of control implements.

Each kind is one class in its own module, which holds everything about it: its arguments, its message to the page, the
values it accepts, and the fields a replay records. `kinds.py` lists the classes.
"""

from __future__ import annotations

import reprlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from ..protocol.controls import Value
from .labels import visible

S = TypeVar("S", bound=Any)
V = TypeVar("V", bound=Value)

UNSET: Any = object()


@dataclass(slots=True)
class Ledger:
    """State shared by the controls of one panel.

    ``changes`` is an upper bound on how often values have changed so far. ``presets`` are values set before a control's
    first call, by its `labels.identity`.
    """

    changes: int = 0
    presets: dict[str, Any] = field(default_factory=dict)


class Control(ABC, Generic[S]):
    """One control of a panel. ``S`` is the class of its message.

    Each kind adds a method ``called``, which takes the arguments of a call without the label, updates ``spec``, and
    returns what the call returns. If it raises, ``spec`` is unchanged. ``spec`` exists after the first successful call.
    """

    message_class: ClassVar[Any]
    kind: ClassVar[str]
    """The kind's name in messages."""
    has_value: ClassVar[bool] = False
    followed: ClassVar[tuple[str, ...]] = ()
    """The fields of the message whose changes a replay records."""
    many_of_a_label: ClassVar[bool] = False
    """True if repeated calls with one label in one frame make several controls."""
    begins_as_shown: ClassVar[bool] = True
    """True if a replay starts with the control as it was in the first frame, not as it was at the end of the run."""

    bulky: ClassVar[bool] = False
    """True if its message is so large that it is not sent while no page shows it."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if hasattr(cls, "message_class"):
            cls.kind = cls.message_class.DEFAULTS["kind"]

    def __init__(self, ident: str, label: str, ledger: Ledger) -> None:
        """``label`` is the whole label, empty if the control is identified by its place."""
        self.id = ident
        self.key = ident.partition(":")[2]
        """Identifies the control among those of its kind; see `labels.identity`."""
        self.label = label
        self.spec: S = UNSET
        self._ledger = ledger
        self._call: object = UNSET  # the arguments that `spec` was made from

    @property
    def where(self) -> str:
        """The control's name in errors about its arguments."""
        return f"{self.kind} {self.label!r}"

    @property
    def remembers(self) -> bool:
        """True if the control must be kept when frames no longer call it."""
        return self.has_value

    @property
    def is_clicked(self) -> bool:
        """True if it was clicked and the program has not been told yet."""
        return False

    def put_back(self, value: Any) -> None:
        """Restores a value that it had before; True repeats a click."""

    def relabel(self, label: str) -> None:
        """Takes a new label with the same identity. Its visible part may differ."""
        self.label = label
        self.spec = self.spec.replace(label=visible(label))

    def shown(self, inside: tuple[str, ...]) -> S:  # noqa: ARG002 (only rows contain controls)
        """The current message, the same object if nothing changed. ``inside`` are the ids of the controls in a row."""
        return self.spec

    def set(self, label: str, value: Any) -> None:  # noqa: ARG002 (without a value)
        """Takes a value from the program. Raises ValueError, naming ``label``, and changes nothing if it is refused."""
        raise ValueError(f"{self.kind} {label!r} has no value to set")

    def hear(self, value: Value, client: str, revision: int) -> None:  # noqa: ARG002 (without a value)
        """Takes input from a page. Raises ValueError if the control refuses it."""
        raise ValueError(f"control {self.id!r} has no value to set")

    # --- in replays --------------------------------------------------------------------------------------------------

    @classmethod
    def begun(cls, first: S, last: S) -> S:  # noqa: ARG003 (only some show the past)
        """What a replay begins with, given the ``first`` and the ``last`` message shown."""
        return first

    @classmethod
    def check_saved(cls, name: str, saved: Mapping[str, Any]) -> None:
        """Raises ValueError, naming the control ``name``, if a well-typed message is inconsistent."""

    @classmethod
    def check_change(cls, where: str, value: Any) -> None:
        """Raises ValueError, starting with ``where``, if a well-typed recorded value is inconsistent."""

    @classmethod
    def told(cls, saved: Mapping[str, Any]) -> str | float | tuple[float, ...] | None:  # noqa: ARG003 (has no value)
        """The value in ``saved``, a message as JSON, as readable text; None if there is none."""
        return None


class Valued(Control[S], Generic[S, V]):
    """A control with a value of type ``V``, which users and the program can change."""

    has_value = True
    followed = ("value",)
    types: ClassVar[tuple[type, ...]]
    """The types accepted from a page. Errors name the last one."""

    def __init__(self, ident: str, label: str, ledger: Ledger) -> None:
        super().__init__(ident, label, ledger)
        self._heard = ("", 0)  # the last change by a page

    @classmethod
    @abstractmethod
    def accept(cls, spec: S, value: Any) -> V:
        """Converts ``value``, given by the program, to a value of ``spec``.

        Raises ValueError, naming the control, the value and what would be right, if that is impossible.
        """

    @classmethod
    @abstractmethod
    def fit(cls, spec: S, value: Any) -> V:
        """The value of ``spec`` closest to ``value``, which the control held before its arguments changed."""

    @classmethod
    def with_default(cls, spec: S, default: Any) -> S:  # noqa: ARG003 (only sliders have it)
        """``spec`` with its ``default``, if the page offers to restore it."""
        return spec

    def define(self, call: object, spec: S, default: Any) -> None:
        """Takes ``spec``, made from the arguments ``call``. Keeps the value, or starts with the preset or default."""
        presets = self._ledger.presets
        value: V
        if self.spec is UNSET:
            value = self.accept(spec, presets.get(self.key, default))
            presets.pop(self.key, None)
        else:
            value = self.fit(spec, self.spec.value)
        spec = self.with_default(spec, default)
        self._ledger.changes += 1
        if self.spec is not UNSET:
            spec = spec.replace(origin=self.spec.origin, revision=self.spec.revision)
        self.spec, self._call = spec.replace(value=value), call

    def set(self, label: str, value: Any) -> None:  # noqa: ARG002 (it has a value)
        """Takes whatever `accept` takes."""
        accepted = self.accept(self.spec, value)
        if accepted != self.spec.value:
            self._ledger.changes += 1
            self.spec = self.spec.replace(value=accepted)

    def put_back(self, value: Any) -> None:
        """Restores an earlier value, fitted to its current arguments."""
        fitted = self.fit(self.spec, value)
        if fitted != self.spec.value:
            self._ledger.changes += 1
            self.spec = self.spec.replace(value=fitted)

    def hear(self, value: Value, client: str, revision: int) -> None:
        """Takes a value of one of `types`. Ignores a change older than the last one from ``client``.

        A refused value changes nothing but ``origin`` and ``revision``, which make the page show the current value.
        """
        if client == self._heard[0] and revision <= self._heard[1]:
            return
        self.spec = self.spec.replace(origin=client, revision=revision)
        if type(value) not in self.types:
            raise ValueError(f"{named(self.spec)} takes {self.types[-1].__name__}, not {reprlib.repr(value)}")
        self.spec = self.spec.replace(value=self.accept(self.spec, value))
        self._heard = (client, revision)
        self._ledger.changes += 1


def named(spec: Any) -> str:
    """The control's name in errors about its value: its kind and whole label, identity included."""
    return f"{spec.kind} {spec.id.partition(':')[2]!r}"
