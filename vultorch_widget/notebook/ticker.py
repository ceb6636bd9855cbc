"""Calls a function repeatedly from one task of an event loop, without starving the rest of the loop."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable

LOOK_INTERVAL = 0.01
"""Seconds of ticks between two checks of the loop's sockets. With ticks of 5 ms a check costs 1% of their time, and
users notice no difference. Callbacks that are ready in the process never wait for longer than one tick."""
YIELD_LIMIT = 0.005
"""Seconds after which a yield ends even if the loop has more to do, such as another view's ticker."""
LONG_TICK = 0.15
"""Seconds. After a tick longer than this, a yield may sleep for `LONG_YIELD` seconds, less than 1% of the tick."""
LONG_YIELD = 0.001
BLIND_TURNS = 16
"""Turns to yield to a loop that does not say whether anything is ready."""
RATE_CHECK = 0.25
"""Seconds between two checks of the rate while waiting for the next tick."""


class Ticker:
    """Calls ``tick`` on ``loop`` while ``runs()`` is true, ``rate()`` times a second (0: back to back).

    The first tick comes after `open`. The ticker keeps no state of the run, so it cannot contradict it: after
    `notify`, it asks ``runs`` again. An exception in ``tick`` stops the ticker and goes to the loop's exception
    handler. `notify`, `step_once` and `stop` may be called on any thread.
    """

    def __init__(
        self,
        tick: Callable[[], None],
        loop: asyncio.AbstractEventLoop,
        *,
        rate: Callable[[], float],
        runs: Callable[[], bool] = lambda: True,
    ) -> None:
        self._tick: Callable[[], None] | None = tick
        self._rate: Callable[[], float] = rate
        self._runs: Callable[[], bool] = runs
        self._loop = loop
        self._changed = asyncio.Event()  # set when it may have to start or stop ticking
        self._open = False
        self._singles = 0  # ticks to make even when not running
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether it was started and has not been stopped."""
        return self._tick is not None and self._task is not None

    @property
    def opened(self) -> bool:
        """Whether the ticks may begin. Any thread."""
        return self._open

    def start(self) -> None:
        """Creates the task. Call it on the loop's thread."""
        if self._task is None:
            self._task = self._loop.create_task(self._run(), name="vultorch ticker")

    def open(self) -> None:
        """Lets the ticks begin."""
        self._open = True
        self.notify()

    def step_once(self) -> None:
        """Makes one tick even when not running."""
        self._singles += 1
        self.notify()

    def stop(self) -> None:
        """Ends the ticks for good and drops the function."""
        self._tick = None
        self._rate, self._runs = _free, _never
        self.notify()

    def notify(self) -> None:
        """Notes that ``runs()`` or ``rate()`` may have changed."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._changed.set)

    def _may_tick(self) -> bool:
        return self._open and (self._singles > 0 or self._runs())

    async def _run(self) -> None:
        due = 0.0  # when the next tick is, or was, due
        looked = 0.0  # when the loop last checked its sockets
        while self._tick is not None:
            if not self._may_tick():
                self._changed.clear()
                await self._changed.wait()
                looked = time.monotonic()
                continue
            self._singles = max(0, self._singles - 1)
            begun = time.monotonic()
            if not self._call():
                return
            ended = time.monotonic()
            if ended - looked < LOOK_INTERVAL and self._rate() <= 0 and not _something_waits(self._loop):
                continue
            await let_others_run(self._loop, after=ended - begun)
            due = looked = await self._until_next(max(due, begun), begun)

    def _call(self) -> bool:
        """Makes a tick. Returns False if it raised. The loop's exception handler is called, because nobody awaits the
        task.
        """
        try:
            if self._tick is not None:
                self._tick()
        except BaseException as error:  # some would end the loop, and with it the kernel
            self.stop()
            self._loop.call_exception_handler(
                {"message": "A tick raised; the ticker has stopped.", "exception": error, "task": self._task}
            )
            return False
        return True

    async def _until_next(self, due: float, begun: float) -> float:
        """Sleeps until the next tick, if there is a rate. Returns when that tick is due."""
        while self._tick is not None and self._runs() and not self._singles:
            rate, now = self._rate(), time.monotonic()
            if rate <= 0:
                return now
            # Keep the phase after a late tick, but do not make up for missed ticks in a burst.
            following = max(due + 1 / rate, begun + 0.5 / rate, now)
            if following <= now:
                return now
            self._changed.clear()
            # The rate may change meanwhile, and a low old rate should not delay a high new one.
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(following - now, RATE_CHECK))
            if time.monotonic() >= following:
                return following
        return time.monotonic()


async def let_others_run(loop: asyncio.AbstractEventLoop, *, after: float = 0.0) -> None:
    """Yields until nothing else is ready to run on ``loop``, for `YIELD_LIMIT` seconds at most.

    One ``sleep(0)`` is not enough. A message to the kernel takes several turns of the loop from its socket to its
    handler; with one turn a tick, it takes as many ticks. A sleep longer than 0 lasts at least 1.1 ms, too much for a
    short tick, and most of the time no message is waiting. After a long tick (``after`` seconds) such a sleep costs
    next to nothing, and lets another thread hand over what it has.

    Measured in kernels of ipykernel 7.4 and 6.29 on two busy cores, a comm message handled on the main loop, median
    beyond the tick that was running: ticks of 4.6 ms 1 ms (``sleep(0)`` 27, ``sleep(0.005)`` 1); ticks of 370 ms
    2 ms (``sleep(0)`` 770 to 1,180, ``sleep(0.005)`` 1). With nothing waiting, a call takes 3 to 4 µs; next to ticks
    of 4.6 ms its cost was below the noise of two busy cores.
    """
    await asyncio.sleep(LONG_YIELD if after > LONG_TICK else 0)  # the loop checks its sockets
    if _queue(loop) is None:
        for _ in range(BLIND_TURNS):
            await asyncio.sleep(0)
        return
    end = time.monotonic() + YIELD_LIMIT
    while _something_waits(loop) and time.monotonic() < end:  # what came from the sockets is queued behind us
        await asyncio.sleep(0)


def _something_waits(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether something is ready to run on ``loop``. True if the loop does not say."""
    queue = _queue(loop)
    return queue is None or bool(queue)


def _queue(loop: asyncio.AbstractEventLoop) -> deque[object] | None:
    """The callbacks that are ready to run, or None. Only CPython's own loops have this, in a private attribute."""
    return getattr(loop, "_ready", None)


def _free() -> float:
    return 0.0


def _never() -> bool:
    return False


def checked_rate(rate: float) -> float:
    """Returns ``rate``, in ticks per second. Raises ValueError if it is negative, infinite or NaN."""
    if not 0 <= rate < float("inf"):
        raise ValueError(f"tick_rate must be 0 (as fast as it goes) or a positive number a second, not {rate}")
    return float(rate)
