"""What the user registered, called."""

from __future__ import annotations

from collections.abc import Callable


class FrameError(Exception):
    """A callback raised; ``where`` names it and ``__cause__`` is what it raised."""

    def __init__(self, where: str, cause: Exception) -> None:
        super().__init__(where)
        self.where = where
        self.__cause__ = cause


def call(where: str, callback: Callable[[], object] | None) -> None:
    """Runs what the user registered, if anything. Raises `FrameError`, which says ``where``, for an exception in it."""
    if callback is None:
        return
    try:
        callback()
    except Exception as error:
        raise FrameError(where, error) from error
