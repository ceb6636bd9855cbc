"""How tests wait: for a condition, never for a time. Only `make bench` says how fast anything is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE = 300.0
"""Seconds after which a test assumes that something will not happen, even on the busiest machine."""


def wait_until(holds: Callable[[], object], complaint: str | Callable[[], str] = "it never came to that") -> None:
    """Polls until something ``holds``; fails with the ``complaint`` once there is no hope left."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(complaint if isinstance(complaint, str) else complaint())
        time.sleep(0.02)


async def until(holds: Callable[[], object]) -> None:
    """The same, while the event loop goes on."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        await asyncio.sleep(0.002)


async def turns(count: int = 50) -> None:
    """Lets the event loop finish what is ready, which takes a few turns."""
    for _ in range(count):
        await asyncio.sleep(0)
