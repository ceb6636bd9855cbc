"""The panel whose callback is running. `ui` answers for that panel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from .panel import Panel
from .view_tree import Tree


class Current(NamedTuple):
    """A panel and its tree."""

    tree: Tree
    panel: Panel


_current: ContextVar[Current | None] = ContextVar("vultorch_widget_place", default=None)


@contextmanager
def calling(tree: Tree, panel: Panel) -> Iterator[None]:
    """Marks the code inside as the callback of ``panel``."""
    token = _current.set(Current(tree, panel))
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Current | None:
    """The panel whose callback is running, or None."""
    return _current.get()
