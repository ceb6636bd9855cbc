"""What has to be said of a panel's controls to bring a page from one state of them to another."""

from __future__ import annotations

from ..protocol.controls import Control
from ..protocol.messages import ControlsPatch


def diff(panel: str, old: tuple[Control, ...], new: tuple[Control, ...]) -> ControlsPatch | None:
    """The smallest patch of ``panel`` that turns ``old`` into ``new``; None where they are the same.

    Controls that are new or differ are in ``changed``, in the order of ``new``. Those that went, came or moved make
    ``order`` list every id; a page takes down what ``order`` does not list.
    """
    known = {control.id: control for control in old}
    changed = tuple(control for control in new if known.get(control.id) != control)
    order = tuple(control.id for control in new)
    moved = order != tuple(known)
    if not changed and not moved:
        return None
    return ControlsPatch(panel=panel, changed=changed, order=order if moved else None)
