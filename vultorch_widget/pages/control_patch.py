"""The difference between two states of a panel's controls."""

from __future__ import annotations

from ..protocol.controls import Control
from ..protocol.messages import ControlsPatch


def diff(panel: str, old: tuple[Control, ...], new: tuple[Control, ...]) -> ControlsPatch | None:
    """Returns the smallest patch of ``panel`` that turns ``old`` into ``new``, or None if they are equal.

    ``changed`` holds the new and changed controls in the order of ``new``. If any control was added, removed or moved,
    ``order`` lists every id, and a page removes the controls that ``order`` does not list.
    """
    known = {control.id: control for control in old}
    changed = tuple(control for control in new if known.get(control.id) != control)
    order = tuple(control.id for control in new)
    moved = order != tuple(known)
    if not changed and not moved:
        return None
    return ControlsPatch(panel=panel, changed=changed, order=order if moved else None)
