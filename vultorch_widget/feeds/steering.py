"""The controls of a run in a notebook's panel, and values chosen there or in another notebook."""

from __future__ import annotations

import secrets
from contextlib import suppress

from ..controls.labels import identity
from ..tree.panel import Panel
from .messages import Chosen, Head, Steered
from .noticing import Noticing


class _Control:
    """One control of the run, as this notebook knows it."""

    def __init__(self) -> None:
        self.drawn: Steered | None = None
        self.value: float | int | bool = 0  # the panel's value when last checked
        self.choice: Chosen | None = None  # the newest by anybody


class Steering:
    """Keeps the newest choice for each control, whoever has made it, and tells it to every rank.

    A rank that is started again, or has forgotten this notebook, hears the newest choice and none older. A control that
    cannot be drawn, as where the user's own in that panel has its label, is ``noticed``.
    """

    def __init__(self, noticed: Noticing) -> None:
        self._noticed = noticed
        self._me = secrets.token_hex(8)
        self._controls: dict[str, _Control] = {}

    def chosen(self) -> tuple[Chosen, ...]:
        """What ranks are told."""
        return tuple(one.choice for one in self._controls.values() if one.choice is not None)

    def take(self, panel: Panel, head: Head) -> None:
        """Draws the controls that ``head`` has into ``panel``, and takes what was chosen."""
        others = {one.label: one for one in head.chosen}
        for steered in head.controls:
            key = identity(steered.label)
            control = self._controls.setdefault(key, _Control())
            with self._noticed(f"Control {steered.label!r} of run {head.run!r}"):
                self._one(panel, control, steered, others.get(key), head.process)

    def _one(self, panel: Panel, control: _Control, steered: Steered, other: Chosen | None, process: str) -> None:
        button = steered.kind == "button"
        if button:
            chosen, value = panel.button(steered.label), True
        else:
            if control.drawn is None or control.drawn.replace(value=steered.value) != steered:
                value = panel.get(steered.label)
                _draw(panel, steered)
                if control.drawn is None or panel.get(steered.label) != value:  # moved by a new range, not by the user
                    control.value = panel.get(steered.label)
            value = panel.get(steered.label)
            chosen = value != control.value
        control.drawn = steered
        if chosen:
            control.value = value
            revisions = [one.revision for one in (control.choice, other) if one is not None]
            control.choice = Chosen(
                label=identity(steered.label),
                value=value,
                revision=1 + max(revisions, default=0),
                by=self._me,
                process=process if button else "",
            )
        elif other is not None and (control.choice is None or _later(other, control.choice)):
            control.choice = other
            if not button:
                _show(panel, control, steered.label, other.value)
        elif control.choice is None and not button and steered.value != control.value:  # by the training
            _show(panel, control, steered.label, steered.value)


def _show(panel: Panel, control: _Control, label: str, value: float | int | bool) -> None:
    with suppress(ValueError):  # the range has changed in the meantime
        panel.set(label, value)
    control.value = panel.get(label)


def _later(one: Chosen, other: Chosen) -> bool:
    return (one.revision, one.by) > (other.revision, other.by)


def _draw(panel: Panel, steered: Steered) -> None:
    label, default = steered.label, steered.default
    if steered.kind == "slider":
        panel.slider(label, steered.min, steered.max, default=default, log=steered.log, step=steered.step)
    elif steered.kind == "slider_int":
        panel.slider_int(label, int(steered.min), int(steered.max), default=int(default))
    elif steered.kind == "checkbox":
        panel.checkbox(label, default=bool(default))
    else:
        panel.combo(label, steered.items, default=int(default))
