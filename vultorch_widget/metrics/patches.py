"""What a consumer of histories lacks, so that only what is new is sent."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple, TypeVar

import numpy as np

from .history import COLUMNS, History, Points

Key = TypeVar("Key", bound=Hashable)


class Cursor(NamedTuple):
    """How much of a history a consumer has: the final points of a ``generation``, after ``logged`` values."""

    generation: int
    sealed: int
    logged: int


def patches(histories: Mapping[Key, History], cursors: dict[Key, Cursor]) -> list[tuple[Key, int, Points]]:
    """What a consumer lacks: (key, start, points). The points replace all that it has from index ``start`` on.

    ``cursors`` holds the consumer's state by key and is updated here; start with an empty one. A history that is no
    longer there is reported once as ``(key, 0, no points)``.
    """
    found: list[tuple[Key, int, Points]] = []
    for key in [key for key in cursors if key not in histories]:
        del cursors[key]
        found.append((key, 0, np.empty((0, COLUMNS), "<f8")))
    for key, history in histories.items():
        cursor = cursors.get(key)
        start = 0
        if cursor is not None and cursor.generation == history.generation:
            if cursor.logged == history.logged:
                continue
            start = cursor.sealed
        found.append((key, start, history.points(start)))
        cursors[key] = Cursor(history.generation, history.sealed, history.logged)
    return found
