"""Remembers which errors were reported: a failure in every frame is reported once."""

from __future__ import annotations


class FirstErrors:
    """Errors that were reported, by kind: texts may vary, for example with the free memory."""

    def __init__(self) -> None:
        self._known: set[tuple[str, type[BaseException]]] = set()

    def first(self, error: BaseException, of: str = "") -> bool:
        """Returns True the first time that an error of this kind occurs in what ``of`` names."""
        kind = of, type(error)
        known = kind in self._known
        self._known.add(kind)
        return not known
