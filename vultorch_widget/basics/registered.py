"""What may be registered as a callback."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any


def checked(callback: Callable[..., object], what: str) -> None:
    """Raises TypeError, which says ``what`` was to take it and what to do, for all that a call would not run.

    That is what cannot be called, coroutine and generator functions (also as methods, in a ``functools.partial`` or as
    ``__call__`` of an object), and classes.
    """
    if not callable(callback):
        raise TypeError(f"{what} takes a function, not {callback!r}")
    inner: Any = callback
    while isinstance(inner, functools.partial):
        inner = inner.func
    if inspect.isclass(inner):
        raise TypeError(f"{what} takes a function, not the class {inner.__name__}: pass an object of it, or a method")
    code = [inner, getattr(type(inner), "__call__", None)]  # noqa: B004 (not whether it can be called: what would be)
    if any(inspect.iscoroutinefunction(each) for each in code):
        raise TypeError(
            f"{what} takes a plain function, not a coroutine function (async def): nothing would await it. "
            "Leave out async, and have what must be awaited run in a task of its own"
        )
    if any(inspect.isgeneratorfunction(each) or inspect.isasyncgenfunction(each) for each in code):
        raise TypeError(
            f"{what} takes a plain function, not a generator function (with yield): nothing would run its body. "
            "Write the body as a loop of your own, `while view.step(): ...`, or register "
            "`functools.partial(next, frames)` with `frames = the_function()`"
        )
