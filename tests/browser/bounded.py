"""A bound for every call of Playwright. Some, such as `Page.evaluate`, have no timeout, and would wait for ever."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import sys
from collections.abc import Awaitable, Iterator
from types import FrameType
from typing import Any

from playwright._impl._sync_base import SyncBase

from tests.patience import PATIENCE

MARGIN = 30.0
"""Seconds that a call has beyond its own timeout, by which it should end: Playwright then says more."""
LIMIT = PATIENCE + MARGIN
"""Seconds."""


@contextlib.contextmanager
def bounded_calls(limit: float = LIMIT) -> Iterator[None]:
    """Lets every synchronous call of Playwright fail after ``limit`` seconds with an AssertionError that names it.

    A call that is given a ``timeout`` has at least that and `MARGIN`. Raises RuntimeError if this Playwright makes its
    calls in another way.
    """
    wait = getattr(SyncBase, "_sync", None)
    if not inspect.isfunction(wait) or len(inspect.signature(wait).parameters) != 2:
        raise RuntimeError(f"SyncBase._sync of Playwright is {wait!r} by now: bound its calls in another way")

    def wait_within(self: SyncBase, awaitable: Awaitable[Any]) -> Any:
        __tracebackhide__ = True
        caller = sys._getframe(1)
        while caller.f_code is wait_within.__code__:  # there is a bound outside this one
            caller = caller.f_back or caller
        # Not what is awaited tells which call this is: that may be a function inside Playwright.
        call = f"{type(self).__name__}.{caller.f_code.co_name}"
        try:
            return wait(self, _within(max(limit, _own_timeout(caller)), call, awaitable))
        finally:
            if inspect.iscoroutine(awaitable) and inspect.getcoroutinestate(awaitable) == inspect.CORO_CREATED:
                awaitable.close()  # Playwright has ended, and awaits nothing

    SyncBase._sync = wait_within  # type: ignore[method-assign]
    try:
        yield
    finally:
        SyncBase._sync = wait  # type: ignore[method-assign]


def _own_timeout(caller: FrameType) -> float:
    """The seconds until a call has overrun the timeout that it was given, or 0 if it was given none."""
    timeout = caller.f_locals.get("timeout")  # in milliseconds
    return timeout / 1000 + MARGIN if isinstance(timeout, (int, float)) and timeout > 0 else 0


async def _within(limit: float, call: str, awaitable: Awaitable[Any]) -> Any:
    """`asyncio.timeout`, which Python 3.10 lacks. In a task of its own, the call would not find out who made it."""
    task = asyncio.current_task()
    assert task is not None
    expired = False

    def expire() -> None:
        nonlocal expired
        expired = True
        task.cancel()

    alarm = asyncio.get_running_loop().call_later(limit, expire)
    try:
        return await awaitable
    except asyncio.CancelledError:
        if not expired:
            raise
    finally:
        alarm.cancel()
    raise AssertionError(f"{call} did not end within {limit:g} s")
