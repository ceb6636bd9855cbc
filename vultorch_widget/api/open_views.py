"""The registry of open views. A new view replaces one of the same title, and functions can default to the latest."""

from __future__ import annotations

import itertools
import os
import weakref
from typing import Any

from ..notebook.host import visitor
from ..tree.view_tree import Tree

DEFAULT_TITLE = "Vultorch"
"""Title of views that were given none. Each cell has its own."""

_numbers = itertools.count()
_views: weakref.WeakValueDictionary[tuple[int, int], Any] = weakref.WeakValueDictionary()
"""`View` objects by visitor and number, the latest last. `View` imports this module, so its type is not named here."""


def enter(view: Any) -> list[Any]:
    """Registers a new view and returns the views it replaces.

    These are the views of the same title or, for the default title, those made by an earlier run of the same cell.
    """
    whose = visitor()
    before = [other for (owner, _), other in _views.items() if owner == whose and _replaces(view, other)]
    _views[whose, next(_numbers)] = view
    return before


def _replaces(view: Any, other: Any) -> bool:
    if view.title != other.title:
        return False
    if view.title != DEFAULT_TITLE or view._made_in is None or other._made_in is None:
        return True
    (cell, request), (other_cell, other_request) = view._made_in, other._made_in
    return bool(cell == other_cell and request != other_request)


def lineage(view: Any) -> str:
    """What all views have in common that would replace each other, in every kernel; empty if nothing tells them."""
    if view.title != DEFAULT_TITLE:
        return f"title {view.title}"
    return "" if view._made_in is None else f"cell {view._made_in[0]}"


def leave(view: Any) -> None:
    """Removes a closed view."""
    for key, known in list(_views.items()):
        if known is view:
            del _views[key]


def opened() -> list[Any]:
    """Returns the visitor's open views, the latest last."""
    whose = visitor()
    return [view for (owner, _), view in _views.items() if owner == whose]


def _forked() -> None:
    """Detaches all views in a forked process: their pages, cells and event loop belong to the parent."""
    for view in list(_views.values()):
        view._forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def save_all() -> None:
    """Makes every view save its replay in the notebook."""
    for view in list(_views.values()):
        view._parts.saving.again()


def having(tree: Tree) -> Any | None:
    """Returns the view that shows ``tree``, or None if it is not open."""
    return next((view for view in list(_views.values()) if view._tree is tree), None)
