"""Calls a function over and over from one task of an event loop, and leaves the loop room for everything else."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable

YIELD_LIMIT = 0.005
"""Seconds after which a yield ends though the loop still has something ready, such as the ticker of another view."""


class Ticker:
    """Runs ``tick`` back to back, or ``rate()`` times a second, on ``loop`` (0: back to back).

    It starts closed: the first tick comes once `open` was called. Whatever ``tick`` raises ends the ticker and goes to
    the loop's exception handler. `pause`, `resume`, `step_once` and `stop` may be called on any thread.
    """

    def __init__(self, tick: Callable[[], None], loop: asyncio.AbstractEventLoop, *, rate: Callable[[], float]) -> None:
        self._tick: Callable[[], None] | None = tick
        self._rate: Callable[[], float] = rate
        self._loop = loop
        self._changed = asyncio.Event()  # something below did
        self._open = False
        self._paused = False
        self._singles = 0  # ticks to make though paused
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether it has been started and not stopped."""
        return self._tick is not None and self._task is not None

    @property
    def paused(self) -> bool:
        """Whether it waits for `resume`."""
        return self._paused

    def start(self) -> None:
        """Makes the task. On the loop's own thread."""
        if self._task is None:
            self._task = self._loop.create_task(self._run(), name="vultorch ticker")

    def open(self) -> None:
        """Lets the ticks begin."""
        self._open = True
        self._notify()

    def pause(self) -> None:
        """Holds the ticks back until `resume`."""
        self._paused = True

    def resume(self) -> None:
        """Ends a pause."""
        self._paused = False
        self._notify()

    def step_once(self) -> None:
        """Makes one tick although paused."""
        self._singles += 1
        self._notify()

    def stop(self) -> None:
        """Ends the ticks for good and lets go of the function."""
        self._tick = None
        self._rate = _free
        self._notify()

    def _notify(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._changed.set)

    def _may_tick(self) -> bool:
        return self._open and (self._singles > 0 or not self._paused)

    async def _run(self) -> None:
        due = 0.0
        while (tick := self._tick) is not None:
            if not self._may_tick():
                self._changed.clear()
                await self._changed.wait()
                continue
            self._singles = max(0, self._singles - 1)
            tick()
            del tick
            due = await self._until_next(due)

    async def _until_next(self, due: float) -> float:
        """Gives the loop its turn, then sleeps where a rate is kept. Returns when the tick to come was due."""
        await let_others_run(self._loop)
        rate = self._rate()
        now = time.monotonic()
        if rate <= 0:
            return now
        # Keeps its phase, but what was missed is not made up for in a burst.
        due = max(due + 1 / rate, now + 0.5 / rate) if due else now + 1 / rate
        while (left := due - time.monotonic()) > 0 and self._tick is not None and not (self._paused or self._singles):
            self._changed.clear()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)
        return due


async def let_others_run(loop: asyncio.AbstractEventLoop) -> None:
    """Yields until nothing else is ready to run on ``loop``, for `YIELD_LIMIT` seconds at most.

    One ``sleep(0)`` is not enough: a message to the kernel takes several turns of the loop from its socket to its
    handler, and with one turn a tick it would take as many ticks. A sleep of some milliseconds is enough, but most of
    the time nobody has anything to say.
    """
    await asyncio.sleep(0)  # has the loop look at its sockets; what it finds there comes after us in the queue
    ready: deque[object] | None = getattr(loop, "_ready", None)  # CPython's own loops have it, and tell it nowhere else
    if ready is None:
        await asyncio.sleep(0.001)
        return
    end = time.monotonic() + YIELD_LIMIT
    while ready and time.monotonic() < end:
        await asyncio.sleep(0)


def _free() -> float:
    return 0.0
