"""Calls a function over and over from one task of an event loop, and leaves the loop room for everything else."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable

LOOK_INTERVAL = 0.01
"""Seconds of ticks after which the loop looks at its sockets, which takes ticks of 5 ms 1% of their time; a hand feels
no difference. What is ready to run in the process itself never waits for longer than a tick."""
YIELD_LIMIT = 0.005
"""Seconds after which a yield ends though the loop still has something ready, such as the ticker of another view."""
LONG_TICK = 0.15
"""Seconds of a tick after which a yield may sleep for `LONG_YIELD` seconds: less than 1% of it."""
LONG_YIELD = 0.001
BLIND_TURNS = 16
"""Turns to give a loop that does not tell whether it has something ready."""
RATE_CHECK = 0.25
"""Seconds between two looks at a rate that is waited for."""


class Ticker:
    """Runs ``tick`` back to back, or ``rate()`` times a second, on ``loop`` (0: back to back), while ``runs()``.

    It starts closed: the first tick comes once `open` was called. It keeps no state of the run itself, so none can
    contradict it: `notify` has it ask ``runs`` again. An exception of ``tick`` stops the ticker and goes to the loop's
    exception handler. `notify`, `step_once` and `stop` may be called on any thread.
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
        self._changed = asyncio.Event()  # something below did
        self._open = False
        self._singles = 0  # ticks to make though it does not run
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether it has been started and not stopped."""
        return self._tick is not None and self._task is not None

    def start(self) -> None:
        """Makes the task. On the loop's own thread."""
        if self._task is None:
            self._task = self._loop.create_task(self._run(), name="vultorch ticker")

    def open(self) -> None:
        """Lets the ticks begin."""
        self._open = True
        self.notify()

    def step_once(self) -> None:
        """Makes one tick although it does not run."""
        self._singles += 1
        self.notify()

    def stop(self) -> None:
        """Ends the ticks for good and lets go of the function."""
        self._tick = None
        self._rate, self._runs = _free, _never
        self.notify()

    def notify(self) -> None:
        """Whether it runs may have changed, or its rate."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._changed.set)

    def _may_tick(self) -> bool:
        return self._open and (self._singles > 0 or self._runs())

    async def _run(self) -> None:
        due = 0.0  # when the tick to come is, or was, due
        looked = 0.0  # when the loop last looked at its sockets
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
        """Makes a tick. False where it raised: nobody awaits the task, so the loop is told, and the ticks end."""
        try:
            if self._tick is not None:
                self._tick()
        except BaseException as error:  # the loop, and with it the kernel, would end with some of them
            self.stop()
            self._loop.call_exception_handler(
                {"message": "A tick raised; the ticker has stopped.", "exception": error, "task": self._task}
            )
            return False
        return True

    async def _until_next(self, due: float, begun: float) -> float:
        """Sleeps where a rate is kept, after a tick that was ``due`` and ``begun``. Returns when the next is due."""
        while self._tick is not None and self._runs() and not self._singles:
            rate, now = self._rate(), time.monotonic()
            if rate <= 0:
                return now
            # Keeps its phase after a tick that came late, but what was missed is not made up for in a burst.
            following = max(due + 1 / rate, begun + 0.5 / rate, now)
            if following <= now:
                return now
            self._changed.clear()
            # The rate may change meanwhile, and a slow one should not hold up a quick one that follows.
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(following - now, RATE_CHECK))
            if time.monotonic() >= following:
                return following
        return time.monotonic()


async def let_others_run(loop: asyncio.AbstractEventLoop, *, after: float = 0.0) -> None:
    """Yields until nothing else is ready to run on ``loop``, for `YIELD_LIMIT` seconds at most.

    One ``sleep(0)`` is not enough: a message to the kernel takes several turns of the loop from its socket to its
    handler, and with one turn a tick it takes as many ticks. Any sleep that is not 0 lasts 1.1 ms or more, which a
    short tick cannot spare, and most of the time nobody has anything to say; after a tick that took long (``after``
    seconds) it costs nothing to speak of, and lets in what another thread was about to hand over.

    Measured in kernels of ipykernel 7.4 and 6.29 on two busy cores, a comm message handled on the main loop, median
    beyond the tick that was running: ticks of 4.6 ms 1 ms (``sleep(0)`` 27, ``sleep(0.005)`` 1); ticks of 370 ms
    2 ms (``sleep(0)`` 770 to 1,180, ``sleep(0.005)`` 1). With nobody else about it takes 3 to 4 µs, called over and
    over; beside ticks of 4.6 ms its cost was less than the noise of two busy cores.
    """
    await asyncio.sleep(LONG_YIELD if after > LONG_TICK else 0)  # has the loop look at its sockets
    if _queue(loop) is None:
        for _ in range(BLIND_TURNS):
            await asyncio.sleep(0)
        return
    end = time.monotonic() + YIELD_LIMIT
    while (
        _something_waits(loop) and time.monotonic() < end
    ):  # what was found on the sockets comes after us in the queue
        await asyncio.sleep(0)


def _something_waits(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether something is ready to run on ``loop``, or it does not tell."""
    queue = _queue(loop)
    return queue is None or bool(queue)


def _queue(loop: asyncio.AbstractEventLoop) -> deque[object] | None:
    """What is ready to run. CPython's own loops have it, and tell it nowhere else."""
    return getattr(loop, "_ready", None)


def _free() -> float:
    return 0.0


def _never() -> bool:
    return False


def checked_rate(rate: float) -> float:
    """``rate`` in ticks a second. Raises ValueError for one that is negative, infinite or no number."""
    if not 0 <= rate < float("inf"):
        raise ValueError(f"tick_rate must be 0 (as fast as it goes) or a positive number a second, not {rate}")
    return float(rate)
