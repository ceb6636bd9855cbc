"""A line of numbers that say how far one picture is from another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..protocol import controls as message
from .control import UNSET, Control
from .labels import visible


class Measures(Control[message.Measures]):
    """Shows what ``items`` returns, which changes without further calls."""

    message_class = message.Measures
    followed = ("items",)

    def called(self, items: Callable[[], tuple[str, ...]]) -> str:
        """From now on, shows ``items()``. Returns the control's id."""
        self._items = items
        if self.spec is UNSET:
            self.spec = message.Measures(id=self.id, label=visible(self.label), items=())
        return self.id

    def shown(self, inside: tuple[str, ...]) -> message.Measures:  # noqa: ARG002 (it is no row)
        """The message with the newest items."""
        items = self._items()
        if items != self.spec.items:
            self.spec = self.spec.replace(items=items)
        return self.spec

    @classmethod
    def told(cls, saved: Mapping[str, Any]) -> str | None:
        """The items in ``saved``, or None if nothing was measured."""
        return " · ".join(saved["items"]) or None
