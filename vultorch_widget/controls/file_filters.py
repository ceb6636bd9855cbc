"""The file types that a dialog accepts, in the forms that native dialogs use."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Sequence

Filters = str | Sequence[str | Sequence[str]]
"""Patterns such as ``"*.png;*.jpg"``, a list of these, or pairs of a label and patterns: ``[("Images", "*.png")]``."""
_PATTERN = re.compile(r"(?:\*?\.)?([A-Za-z0-9][\w.+-]*)")
_ANY = ("*", "*.*")


def extensions(where: str, filters: Filters) -> tuple[str, ...]:
    """Returns the extensions in ``filters``, in lower case with their dot, or none if every file is accepted.

    Raises ValueError, which begins with ``where``, for anything else.
    """
    found: dict[str, None] = {}
    for pattern in _patterns(where, filters):
        if pattern in _ANY:
            return ()
        match = _PATTERN.fullmatch(pattern)
        if match is None:
            raise ValueError(f"{where}: filters are patterns such as '*.png;*.jpg', not {reprlib.repr(pattern)}")
        found[f".{match[1].lower()}"] = None
    return tuple(found)


def _patterns(where: str, filters: Filters) -> list[str]:
    """Returns the single patterns in ``filters``. In a pair these are in the second part."""
    if isinstance(filters, str):
        return [part for part in re.split(r"[;,\s]+", filters) if part]
    if not isinstance(filters, Sequence):
        raise ValueError(
            f"{where}: filters are '*.png;*.jpg', a list of such, or of pairs ('Images', '*.png;*.jpg'); "
            f"not {reprlib.repr(filters)}"
        )
    patterns: list[str] = []
    for item in filters:
        pair = isinstance(item, Sequence) and not isinstance(item, str) and len(item) == 2
        patterns += _patterns(where, item[1] if pair else item)
    return patterns
