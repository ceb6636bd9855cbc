"""How tests wait: until something holds, and never for a time. Only `make bench` says how fast anything is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE = 300.0
"""Seconds after which a test takes for granted that something does not happen any more, on the busiest of machines."""


def wait_until(holds: Callable[[], object], complaint: str | Callable[[], str] = "it never came to that") -> None:
    """Asks again and again whether something ``holds``; fails with the ``complaint`` once that was hopeless."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(complaint if isinstance(complaint, str) else complaint())
        time.sleep(0.02)


async def until(holds: Callable[[], object]) -> None:
    """The same, and the event loop goes on meanwhile."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        await asyncio.sleep(0.002)


async def turns(count: int = 50) -> None:
    """Has the event loop do whatever it has to do: what is ready takes a few turns."""
    for _ in range(count):
        await asyncio.sleep(0)
