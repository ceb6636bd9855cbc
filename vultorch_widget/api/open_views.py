"""The views that are open, so that a new one replaces that of its title, and none has to be named."""

from __future__ import annotations

import itertools
import os
import weakref
from typing import TYPE_CHECKING

from ..notebook.host import visitor

if TYPE_CHECKING:
    from ..tree.view_tree import Tree
    from .view import View

DEFAULT_TITLE = "Vultorch"
"""Of views that were given none: each cell has its own."""

_numbers = itertools.count()
_views: weakref.WeakValueDictionary[tuple[int, int], View] = weakref.WeakValueDictionary()
"""By visitor and a number, the latest last."""


def enter(view: View) -> list[View]:
    """Takes in a view that was made. Returns those whose place it takes: of its title, and where that is the default
    one, those that the same cell made when it ran before.
    """
    whose = visitor()
    before = [other for (owner, _), other in _views.items() if owner == whose and _replaces(view, other)]
    _views[whose, next(_numbers)] = view
    return before


def _replaces(view: View, other: View) -> bool:
    if view.title != other.title:
        return False
    if view.title != DEFAULT_TITLE or view._made_in is None or other._made_in is None:
        return True
    (cell, request), (other_cell, other_request) = view._made_in, other._made_in
    return cell == other_cell and request != other_request


def leave(view: View) -> None:
    """Forgets a view that is closed."""
    for key, known in list(_views.items()):
        if known is view:
            del _views[key]


def views() -> list[View]:
    """The open views, the latest last: also one whose cell was deleted, which can be stopped or closed by it."""
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
        view._runner.saving.again()


def having(tree: Tree) -> View | None:
    """The view that shows ``tree``, None where it is not open."""
    return next((view for view in list(_views.values()) if view._tree is tree), None)


def view_of(window: View | None, what: str) -> View:
    """``window``, else the latest view. Raises RuntimeError, which says ``what`` needs it, where none is open."""
    if window is not None:
        if window.state == "closed":
            raise RuntimeError(f"{what}: view {window.title!r} is closed; make a new one")
        return window
    of_visitor = views()
    if not of_visitor:
        raise RuntimeError(f"{what} needs a view, and none is open: make a View first, or pass window=view.window")
    return of_visitor[-1]
