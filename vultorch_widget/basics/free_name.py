"""A name that is not taken."""

from __future__ import annotations

from collections.abc import Callable


def free_name(name: str, is_taken: Callable[[str], bool]) -> str:
    """Returns ``name``, or if that ``is_taken``, the name with a number, as in ``"name (2)"``."""
    number, free = 1, name
    while is_taken(free):
        number += 1
        free = f"{name} ({number})"
    return free
