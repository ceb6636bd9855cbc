"""Whose callback runs: what is asked or drawn in a panel's `on_frame` belongs to that panel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from .panel import Panel
from .view_tree import Tree


class Current(NamedTuple):
    """A panel and the tree that it is in."""

    tree: Tree
    panel: Panel


_current: ContextVar[Current | None] = ContextVar("vultorch_widget_place", default=None)


@contextmanager
def calling(tree: Tree, panel: Panel) -> Iterator[None]:
    """What runs within is the callback of ``panel``."""
    token = _current.set(Current(tree, panel))
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Current | None:
    """The panel whose callback runs; None outside of panels' callbacks."""
    return _current.get()
