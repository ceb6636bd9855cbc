"""The views that are open, so that a new one replaces that of its title, and none has to be named."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING

from .loop.notebook import visitor

if TYPE_CHECKING:
    from .tree import Tree
    from .view import View

_views: weakref.WeakValueDictionary[tuple[int, str], View] = weakref.WeakValueDictionary()
"""By visitor and title, the latest last."""


def enter(view: View) -> View | None:
    """Takes in a view that was made. Returns the one of its title that was open until now, if any."""
    key = visitor(), view.title
    before = _views.pop(key, None)
    _views[key] = view
    return before


def leave(view: View) -> None:
    """Forgets a view that is closed."""
    for key, known in list(_views.items()):
        if known is view:
            del _views[key]


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
    of_visitor = [view for (whose, _), view in _views.items() if whose == visitor()]
    if not of_visitor:
        raise RuntimeError(f"{what} needs a view, and none is open: make a View first, or pass window=view.window")
    return of_visitor[-1]
