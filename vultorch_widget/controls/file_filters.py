"""Which files a dialog is for, in the forms that native dialogs have for it."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Sequence

Filters = str | Sequence[str | Sequence[str]]
"""Patterns such as ``"*.png;*.jpg"``; several of them; or pairs of words and patterns, ``[("Images", "*.png")]``."""
_PATTERN = re.compile(r"(?:\*?\.)?([A-Za-z0-9][\w.+-]*)")
_ANY = ("*", "*.*")


def extensions(where: str, filters: Filters) -> tuple[str, ...]:
    """The extensions that ``filters`` name, in lower case and with their dot; none where any file will do.

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
    """What stands between the separators of ``filters``; of a pair, in its second part."""
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
