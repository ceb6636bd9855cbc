"""What every kind of control is to its panel.

A kind is one class in a module of its own, and all that there is to know of it stands there: which arguments it takes,
what it looks like to a page, which values it accepts, and what a replay follows. `kinds.py` lists them.
"""

from __future__ import annotations

import reprlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Generic, TypeVar

from ..protocol.controls import Value
from .labels import visible

S = TypeVar("S", bound=Any)
V = TypeVar("V", bound=Value)

UNSET: Any = object()


@dataclass(slots=True)
class Ledger:
    """What the controls of one panel share: ``changes`` counts those of values, so far, or more; ``presets`` are values
    that were set before the first call, by what the control will be known by.
    """

    changes: int = 0
    presets: dict[str, Any] = field(default_factory=dict)


class Control(ABC, Generic[S]):
    """One control of a panel. ``S`` is the class of its message to the page.

    Each kind adds a method ``called``, which takes the arguments of a call but for the label, brings ``spec`` up to
    date, and returns what the call returns. Where it raises, ``spec`` is as before; after the first call that went
    through there is one.
    """

    message_class: ClassVar[Any]
    kind: ClassVar[str]
    """The name of the kind, as messages have it."""
    has_value: ClassVar[bool] = False
    followed: ClassVar[tuple[str, ...]] = ()
    """The fields of the message that a replay follows through a run."""
    many_of_a_label: ClassVar[bool] = False
    """Whether calls of one label in one frame are as many controls."""
    begins_as_shown: ClassVar[bool] = True
    """Whether a replay begins with the control as its first frame had it. Else it begins as the run ended."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if hasattr(cls, "message_class"):
            cls.kind = cls.message_class.__dataclass_fields__["kind"].default

    def __init__(self, ident: str, label: str, ledger: Ledger) -> None:
        """``label`` is the whole label of the call, empty for a control that is known by its place."""
        self.id = ident
        self.key = ident.partition(":")[2]
        """What it is known by among those of its kind; see `labels.identity`."""
        self.label = label
        self.spec: S = UNSET
        self._ledger = ledger
        self._call: object = UNSET  # the arguments that `spec` was made from

    @property
    def where(self) -> str:
        """The control as errors about its arguments call it."""
        return f"{self.kind} {self.label!r}"

    @property
    def remembers(self) -> bool:
        """Whether it has something to keep though it is not called any more."""
        return self.has_value

    def relabel(self, label: str) -> None:
        """It is called by ``label``, of the same identity. The part that is shown may be another than before."""
        self.label = label
        self.spec = replace(self.spec, label=visible(label))

    def shown(self, inside: tuple[str, ...]) -> S:  # noqa: ARG002 (rows have something in them)
        """The message as of now, the same object where nothing has changed; ``inside`` are ids of what stands in it."""
        return self.spec

    def set(self, label: str, value: Any) -> None:  # noqa: ARG002 (without a value)
        """The program gives it a value. Raises ValueError, naming ``label``, and changes nothing, where it cannot."""
        raise ValueError(f"{self.kind} {label!r} has no value to set")

    def hear(self, value: Value, client: str, revision: int) -> None:  # noqa: ARG002 (without a value)
        """A hand on a page has done something. Raises ValueError for what the control does not take."""
        raise ValueError(f"control {self.id!r} has no value to set")

    # --- in replays --------------------------------------------------------------------------------------------------

    @classmethod
    def check_saved(cls, name: str, saved: Mapping[str, Any]) -> None:
        """Raises ValueError, which calls the control ``name``, where a message of the right types makes none."""

    @classmethod
    def check_change(cls, where: str, value: Any) -> None:
        """Raises ValueError, beginning with ``where``, where ``value`` of the right type is none to change to."""

    @classmethod
    def told(cls, saved: Mapping[str, Any]) -> str | float | tuple[float, ...] | None:  # noqa: ARG003 (has no value)
        """The value in ``saved``, a message as JSON has it, to be read by people; None where it has none."""
        return None


class Valued(Control[S], Generic[S, V]):
    """A control with a value of the type ``V``, which hands and the program can change."""

    has_value = True
    followed = ("value",)
    types: ClassVar[tuple[type, ...]]
    """The types that a page's value may have, the last as errors call it."""

    def __init__(self, ident: str, label: str, ledger: Ledger) -> None:
        super().__init__(ident, label, ledger)
        self._heard = ("", 0)  # the last change by a page

    @classmethod
    @abstractmethod
    def accept(cls, spec: S, value: Any) -> V:
        """``value``, given by the program, as the control ``spec`` holds it.

        Raises ValueError, naming the control, the value and what would be right, where it does not take it.
        """

    @classmethod
    @abstractmethod
    def fit(cls, spec: S, value: Any) -> V:
        """A value that ``spec`` held before its arguments changed, or the nearest to it that it may hold."""

    @classmethod
    def with_default(cls, spec: S, default: Any) -> S:  # noqa: ARG003 (few can be brought back to it)
        """``spec`` as it tells a page what its ``default`` is."""
        return spec

    def define(self, call: object, spec: S, default: Any) -> None:
        """Takes ``spec``, made from ``call``, with the value that the control had, was preset to, or has by default."""
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
            spec = replace(spec, origin=self.spec.origin, revision=self.spec.revision)
        self.spec, self._call = replace(spec, value=value), call

    def set(self, label: str, value: Any) -> None:  # noqa: ARG002 (it has a value)
        """Takes what `accept` takes."""
        accepted = self.accept(self.spec, value)
        if accepted != self.spec.value:
            self._ledger.changes += 1
            self.spec = replace(self.spec, value=accepted)

    def hear(self, value: Value, client: str, revision: int) -> None:
        """Takes a value of the control's own type. A change older than one already heard of ``client`` is passed over.

        What is refused changes no value, yet ``spec`` then carries ``client`` and ``revision``, so that the page shows
        what holds.
        """
        if client == self._heard[0] and revision <= self._heard[1]:
            return
        self.spec = replace(self.spec, origin=client, revision=revision)
        if type(value) not in self.types:
            raise ValueError(f"{named(self.spec)} takes {self.types[-1].__name__}, not {reprlib.repr(value)}")
        self.spec = replace(self.spec, value=self.accept(self.spec, value))
        self._heard = (client, revision)
        self._ledger.changes += 1


def named(spec: Any) -> str:
    """The control as errors about its value call it: its kind and its whole label, identity included."""
    return f"{spec.kind} {spec.id.partition(':')[2]!r}"
