"""A bound for every call of Playwright. Some, such as `Page.evaluate`, have no timeout, and would wait for ever."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Iterator
from typing import Any

from playwright._impl._sync_base import SyncBase

from tests.patience import PATIENCE

LIMIT = PATIENCE + 30
"""Seconds. Calls that have a timeout end by that, which says more."""


@contextlib.contextmanager
def bounded_calls(limit: float = LIMIT) -> Iterator[None]:
    """Lets every synchronous call of Playwright fail after ``limit`` seconds with an AssertionError that names it.

    Raises RuntimeError if this Playwright makes its calls in another way.
    """
    wait = getattr(SyncBase, "_sync", None)
    if wait is None:
        raise RuntimeError("Playwright has no SyncBase._sync any more: bound its calls in another way")

    def wait_within(self: SyncBase, awaitable: Awaitable[Any]) -> Any:
        return wait(self, _within(limit, awaitable))

    SyncBase._sync = wait_within  # type: ignore[method-assign]
    try:
        yield
    finally:
        SyncBase._sync = wait  # type: ignore[method-assign]


async def _within(limit: float, awaitable: Awaitable[Any]) -> Any:
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
    raise AssertionError(f"{getattr(awaitable, '__qualname__', awaitable)} did not end within {limit:g} s")
