"""A table of the layers of a network, worst first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..protocol import controls as message
from .control import UNSET, Control
from .labels import visible

Report = Mapping[str, Any]
"""The fields of the message that change: all except its id and label."""

EMPTY: Report = {"step": 0, "note": "", "layers": 0, "unwell": 0, "rows": (), "steps": (), "bins": 1, "strips": ()}


class Network(Control[message.Network]):
    """Shows what ``report`` returns, which changes without further calls."""

    message_class = message.Network
    followed = ("step", "note", "layers", "unwell", "rows")
    bulky = True

    def called(self, report: Callable[[], Report]) -> str:
        """From now on, shows ``report()``. Returns the control's id. The same object means that nothing is new."""
        self._report = report
        self._shown: Report | None = None
        if self.spec is UNSET:
            self.spec = message.Network(id=self.id, label=visible(self.label), **EMPTY)
        return self.id

    def shown(self, inside: tuple[str, ...]) -> message.Network:  # noqa: ARG002 (it is no row)
        """The message with the newest report."""
        report = self._report()
        if report is not self._shown:
            self._shown = report
            self.spec = self.spec.replace(**report)
        return self.spec

    @classmethod
    def begun(cls, first: message.Network, last: message.Network) -> message.Network:
        """``first`` with the strips of the whole run. Pages show their columns up to a step."""
        return first.replace(steps=last.steps, bins=last.bins, strips=last.strips)

    @classmethod
    def told(cls, saved: Mapping[str, Any]) -> str | None:
        """What looks wrong in ``saved``, or None if nothing was measured."""
        wrong = [f"{row['name']}: {row['why']}" for row in saved["rows"] if row["level"]]
        if not saved["rows"]:
            return None
        return " · ".join(wrong[:3]) or f"{saved['layers']} layers, none looks wrong"
