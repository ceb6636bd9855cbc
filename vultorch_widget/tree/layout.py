"""Turns the declared sides and widths of panels into a tree of rows and columns. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from ..protocol.messages import Leaf, Split

DEFAULT_SHARE = 0.2
"""Share of a docked panel without a declared width."""
SIDES = ("left", "right", "top", "bottom")


class Docking(NamedTuple):
    """The declaration of a panel: its id, its side or None, and its width (see `check_width`)."""

    id: str
    side: str | None
    width: float


class Rectangle(NamedTuple):
    """A part of a view, in pixels of its nominal size."""

    left: float
    top: float
    width: float
    height: float


def check_side(side: str | None) -> None:
    """Raises ValueError unless ``side`` is None or one of `SIDES`."""
    if side is not None and side not in SIDES:
        raise ValueError(f"side must be None, {', '.join(map(repr, SIDES[:-1]))} or {SIDES[-1]!r}, not {side!r}")


def check_width(width: float) -> None:
    """Raises ValueError if ``width`` is 1 or more, or not finite: it would leave nothing for later panels.

    A width of 0 or less means `DEFAULT_SHARE`.
    """
    if not math.isfinite(width) or width >= 1:
        raise ValueError(f"width must be a share of what remains, below 1 (0 for {DEFAULT_SHARE}), not {width!r}")


def arrange(places: Sequence[Docking], width: int, height: int) -> Leaf | Split | None:
    """The layout of ``places`` in a view of ``width`` x ``height``, or None if there are none.

    Docked panels are cut from what remains, in the order of declaration: ``Docking.width`` of its width, or of its
    height at the top and bottom. The other panels share the rest equally, side by side if the view is wider than tall,
    else stacked. If there are no others, the last docked panel gets the rest. Raises ValueError for an invalid side or
    width.
    """
    for place in places:
        check_side(place.side)
        check_width(place.width)
    docked = [place for place in places if place.side is not None]
    rest: Leaf | Split | None = _share([p.id for p in places if p.side is None], "row" if width > height else "column")
    for place in reversed(docked):  # the first to be cut is the outermost
        rest = _dock(place, rest)
    return rest


def _share(panels: list[str], direction: Literal["row", "column"]) -> Leaf | Split | None:
    leaves = tuple(Leaf(panel=panel) for panel in panels)
    if len(leaves) < 2:
        return leaves[0] if leaves else None
    return Split(direction=direction, weights=(1 / len(leaves),) * len(leaves), children=leaves)


def _dock(place: Docking, rest: Leaf | Split | None) -> Leaf | Split:
    leaf = Leaf(panel=place.id)
    if rest is None:
        return leaf
    share = place.width if place.width > 0 else DEFAULT_SHARE
    direction: Literal["row", "column"] = "row" if place.side in ("left", "right") else "column"
    weights, children = [1 - share], [rest]
    if isinstance(rest, Split) and rest.direction == direction:  # one split instead of one within another
        weights, children = [(1 - share) * weight for weight in rest.weights], list(rest.children)
    at = 0 if place.side in ("left", "top") else len(weights)
    weights.insert(at, share)
    children.insert(at, leaf)
    return Split(direction=direction, weights=tuple(weights), children=tuple(children))


def rectangle(tree: Leaf | Split | None, panel: str, whole: Rectangle) -> Rectangle:
    """The rectangle of ``panel`` if the layout ``tree`` fills ``whole``. Raises KeyError if it is not in ``tree``."""
    found = _find(tree, panel, whole)
    if found is None:
        raise KeyError(panel)
    return found


def _find(tree: Leaf | Split | None, panel: str, room: Rectangle) -> Rectangle | None:
    if tree is None or isinstance(tree, Leaf):
        return room if tree is not None and tree.panel == panel else None
    at = 0.0
    for weight, child in zip(tree.weights, tree.children, strict=True):
        if tree.direction == "row":
            part = Rectangle(room.left + at * room.width, room.top, weight * room.width, room.height)
        else:
            part = Rectangle(room.left, room.top + at * room.height, room.width, weight * room.height)
        if (found := _find(child, panel, part)) is not None:
            return found
        at += weight
    return None
