"""The visible part of a label, and the part that identifies its control."""

from __future__ import annotations


def visible(label: str) -> str:
    """The visible part of a label: everything before ``##``. Raises TypeError if it is not a string."""
    if not isinstance(label, str):
        raise TypeError(f"a label is a string, not {label!r}")
    return label.partition("##")[0]


def identity(label: str) -> str:
    """The part that identifies a control: the whole label, or everything from ``###`` on.

    The part before ``###`` may change. The identity is part of the control's id, so a page can name a control whose
    label has no visible part. Raises TypeError if the label is not a string.
    """
    if not isinstance(label, str):
        raise TypeError(f"a label is a string, not {label!r}")
    at = label.find("###")
    return label if at < 0 else label[at:]


def visible_label(control: str) -> str:
    """The visible part of the label in a control's id, such as ``slider:lr##2``."""
    label = control.partition(":")[2]
    return label.partition("##")[0] or label.lstrip("#")
