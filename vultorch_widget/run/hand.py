"""What the user's hand has set: the values of all controls of a view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..tree.view_tree import Tree

Key = tuple[str, str]
"""A control: panel and id."""


class Hand:
    """Reads and sets all controls of a view. Runs on the owner's thread."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    @property
    def changes(self) -> int:
        """An upper bound on how often values have changed so far."""
        changes = 0
        for panel in self._tree.panels.values():
            changes += panel.store.changes
        return changes

    def values(self) -> dict[Key, Any]:
        """The values of all controls, and clicks that have not been reported yet."""
        return {
            (panel.id, ident): value
            for panel in self._tree.panels.values()
            for ident, value in panel.store.values().items()
        }

    def put_back(self, values: Mapping[Key, Any]) -> None:
        """Sets controls to what `values` returned."""
        for panel in self._tree.panels.values():
            panel.store.put_back({ident: value for (where, ident), value in values.items() if where == panel.id})


def is_click(key: Key) -> bool:
    """Whether the control is a button, whose value True means a click."""
    return key[1].startswith("button")
