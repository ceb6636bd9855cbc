"""What may be registered as a callback."""

from __future__ import annotations

import inspect
from collections.abc import Callable


def checked(callback: Callable[..., object], what: str) -> None:
    """Raises TypeError, which says ``what`` was to take it, for what cannot be called, and for a coroutine function."""
    if not callable(callback):
        raise TypeError(f"{what} takes a function, not {callback!r}")
    if inspect.iscoroutinefunction(callback):
        raise TypeError(f"{what} takes a plain function, not a coroutine function (async def): nothing would await it")
