"""What of a label is shown, and what a control is known by."""

from __future__ import annotations


def visible(label: str) -> str:
    """The part of a label that is shown: everything before ``##``. Raises TypeError where it is no string."""
    if not isinstance(label, str):
        raise TypeError(f"a label is a string, not {label!r}")
    return label.partition("##")[0]


def identity(label: str) -> str:
    """What a control is known by: its whole label, or the part from ``###`` on, so that the part before may change.

    It stands in the control's id, where a page finds it: a control of whose label nothing is shown is called by it.

    Raises TypeError where it is no string.
    """
    if not isinstance(label, str):
        raise TypeError(f"a label is a string, not {label!r}")
    at = label.find("###")
    return label if at < 0 else label[at:]
