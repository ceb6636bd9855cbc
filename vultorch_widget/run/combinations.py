"""The combinations of values that controls can be given, checked before any of them is tried."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..controls.control import Control
from ..controls.labels import visible_label
from ..controls.value_text import value_text
from ..tree.view_tree import Tree

MOST = 32
"""Maximum combinations at once."""
MOST_NAME = 60
"""Maximum characters of a combination's name."""
MOST_TEXT = 20
"""Maximum characters of a text in it."""


class Trial(NamedTuple):
    """A control, and the ``values`` to try, in the form that it takes."""

    label: str
    control: Control[Any]
    values: tuple[Any, ...]


class Combination(NamedTuple):
    """A value for each control: ``controls`` by label, and a ``name`` that lists them."""

    settings: tuple[tuple[Control[Any], Any], ...]
    controls: dict[str, Any]
    name: str

    def put(self) -> None:
        """Sets the controls to these values."""
        for control, value in self.settings:
            control.set(control.label, value)


def named_trials(tree: Tree, asked: Mapping[str | tuple[str, str], Iterable[Any]]) -> list[Trial]:
    """The trials that a program asks for: values by a control's label, or by panel and label.

    Raises ValueError and TypeError, naming the value, for a control that is unknown or ambiguous, and for values that
    it does not accept.
    """
    if not isinstance(asked, Mapping) or not asked:
        raise TypeError(
            f"explore needs values by the label of a control, such as {{'lr': [1e-4, 1e-3]}}, not {asked!r}"
        )
    found = []
    for key, values in asked.items():
        label = key[1] if isinstance(key, tuple) and len(key) == 2 else key
        if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
            raise TypeError(f"explore needs several values of {label!r}, in a list, not {values!r}")
        found.append(_trial(str(label), _find(tree, key), list(values)))
    return found


def heard_trials(tree: Tree, asked: Iterable[tuple[str, str, Sequence[Any]]]) -> list[Trial]:
    """The trials that a page asks for: panel, id of the control, and values. Raises ValueError as `named_trials`."""
    found = []
    for panel, ident, values in asked:
        control = tree.panels[panel].store.known(ident) if panel in tree.panels else None
        if control is None or not control.has_value:
            raise ValueError(f"there is no control {ident!r} in panel {panel!r} any more")
        found.append(_trial(control.label, control, values))
    if not found:
        raise ValueError("name a control and its values")
    return found


def _find(tree: Tree, key: str | tuple[str, str]) -> Control[Any]:
    panels = tree.panels
    if isinstance(key, tuple):
        if len(key) != 2 or not all(isinstance(part, str) for part in key):
            raise TypeError(f"a control is named by its label, or by (panel, label), not {key!r}")
        panel, label = key
        if panel not in panels:
            raise ValueError(
                f"there is no panel {panel!r}; panels are {', '.join(map(repr, panels)) or 'not there yet'}"
            )
        panels = {panel: panels[panel]}
    else:
        label = key
    if not isinstance(label, str):
        raise TypeError(f"a control is named by its label, or by (panel, label), not {key!r}")
    found = {
        name: control
        for name, panel in panels.items()
        if (control := panel.store.find(label)) is not None and control.has_value
    }
    if len(found) > 1:
        names = " and ".join(repr((name, label)) for name in found)
        raise ValueError(f"several panels have a control {label!r}: name one of them by {names}")
    if not found:
        known = [repr(other) for panel in panels.values() for other in panel.store.labels()]
        said = f"known are {', '.join(known)}" if known else "none is known before the first frame that calls them"
        raise ValueError(f"there is no control {label!r} with a value; {said}")
    return next(iter(found.values()))


def _trial(label: str, control: Control[Any], values: Sequence[Any]) -> Trial:
    if not values:
        raise ValueError(f"explore needs at least one value of {label!r}")
    accept: Any = control
    return Trial(label, control, tuple(accept.accept(control.spec, value) for value in values))


def combinations(trials: Sequence[Trial]) -> list[Combination]:
    """All combinations. Raises ValueError for a control that is named twice, and for more than `MOST`."""
    controls = [trial.control for trial in trials]
    for trial in trials:
        if sum(control is trial.control for control in controls) > 1:
            raise ValueError(f"the control {trial.label!r} is named twice: put all its values into one list")
    count = math.prod(len(trial.values) for trial in trials)
    if count > MOST:
        product = " x ".join(str(len(trial.values)) for trial in trials)
        raise ValueError(f"{product} = {count:,} futures are more than {MOST}: name fewer values")
    return [_combination(trials, values) for values in itertools.product(*(trial.values for trial in trials))]


def _combination(trials: Sequence[Trial], values: Sequence[Any]) -> Combination:
    settings = tuple((trial.control, value) for trial, value in zip(trials, values, strict=True))
    told = {trial.label: _told(control, value) for trial, (control, value) in zip(trials, settings, strict=True)}
    texts = [(visible_label(control.id), value_text(_told(control, value), MOST_TEXT)) for control, value in settings]
    name = ", ".join(f"{label} {text}" for label, text in texts)
    return Combination(settings, told, name if len(name) <= MOST_NAME else f"{name[: MOST_NAME - 1]}…")


def _told(control: Control[Any], value: Any) -> Any:
    """``value`` as a program writes it: a choice by its item."""
    items = getattr(control.spec, "items", None)
    return value if items is None else items[value]
