"""The views that are open, so that a new one replaces that of its title, and none has to be named."""

from __future__ import annotations

import itertools
import os
import weakref
from typing import Any

from ..notebook.host import visitor
from ..tree.view_tree import Tree

DEFAULT_TITLE = "Vultorch"
"""Of views that were given none: each cell has its own."""

_numbers = itertools.count()
_views: weakref.WeakValueDictionary[tuple[int, int], Any] = weakref.WeakValueDictionary()
"""`View` objects by visitor and a number, the latest last. `View` is built on this module, so it is not named here."""


def enter(view: Any) -> list[Any]:
    """Takes in a view that was made. Returns those whose place it takes: of its title, and where that is the default
    one, those that the same cell made when it ran before.
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


def leave(view: Any) -> None:
    """Forgets a view that is closed."""
    for key, known in list(_views.items()):
        if known is view:
            del _views[key]


def opened() -> list[Any]:
    """The views that the visitor has open, the latest last."""
    whose = visitor()
    return [view for (owner, _), view in _views.items() if owner == whose]


def _forked() -> None:
    """In a process that was forked: the pages, cells and event loop of the views are those of the parent."""
    for view in list(_views.values()):
        view._forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def save_all() -> None:
    """Has every view put what the notebook keeps of it where it keeps that."""
    for view in list(_views.values()):
        view._parts.saving.again()


def having(tree: Tree) -> Any | None:
    """The view that shows ``tree``, None where it is not open."""
    return next((view for view in list(_views.values()) if view._tree is tree), None)
