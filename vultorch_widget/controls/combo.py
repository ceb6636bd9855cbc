"""A choice among several items."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from ..protocol import controls as message
from .arguments import whole, within
from .control import Valued, named
from .labels import visible


class Combo(Valued[message.Combo, int]):
    """A choice among items. Its value is an index, which is kept when the items change, or becomes the last one."""

    message_class = message.Combo
    types = (int,)

    def called(self, items: Iterable[str], *, default: int) -> int:
        """Raises ValueError if ``items`` is empty or not a sequence of strings, or ``default`` is not one of them."""
        call = self._choices(items)
        if self._call != call:
            if not all(isinstance(item, str) for item in call):
                raise ValueError(f"{self.where}: items must be a sequence of strings, not {reprlib.repr(call)}")
            if len(call) == 0:
                raise ValueError(f"{self.where}: items is empty; a choice needs at least one")
            spec = message.Combo(id=self.id, label=visible(self.label), items=call, value=0, origin="", revision=0)
            self.define(call, spec, default)
        return int(self.spec.value)

    def _choices(self, items: Iterable[str]) -> tuple[str, ...]:
        if not isinstance(items, str):
            with suppress(TypeError):
                return tuple(items)
        raise ValueError(f"{self.where}: items must be a sequence of strings, not {reprlib.repr(items)}")

    @classmethod
    def accept(cls, spec: message.Combo, value: Any) -> int:
        """Takes an index or an item's text."""
        if not isinstance(value, str):
            return within(named(spec), whole(named(spec), value), 0, len(spec.items) - 1)
        if value not in spec.items:
            raise ValueError(
                f"{named(spec)} has no item {reprlib.repr(value)}; items are {', '.join(map(repr, spec.items))}"
            )
        return spec.items.index(value)

    @classmethod
    def fit(cls, spec: message.Combo, value: int) -> int:
        """``value``, or the last index if there are fewer items."""
        return min(value, len(spec.items) - 1)

    @classmethod
    def told(cls, saved: Mapping[str, Any]) -> str | float:
        """The chosen item, or the index if there is no such item."""
        items, value = saved["items"], saved["value"]
        return str(items[value]) if 0 <= value < len(items) else value
