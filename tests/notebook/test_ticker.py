from __future__ import annotations

import asyncio
import gc
import itertools
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable

import pytest

from tests.patience import turns, until
from vultorch_widget.notebook.ticker import Ticker, let_others_run

Make = Callable[..., Ticker]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    made: list[Ticker] = []

    def make_(
        tick: Callable[[], None], rate: float = 0.0, *, opened: bool = True, runs: Callable[[], bool] = lambda: True
    ) -> Ticker:
        ticker = Ticker(tick, asyncio.get_running_loop(), rate=lambda: rate, runs=runs)
        made.append(ticker)
        ticker.start()
        if opened:
            ticker.open()
        return ticker

    yield make_
    for ticker in made:
        ticker.stop()
    await turns()


async def test_the_first_tick_comes_only_after_it_was_opened(make: Make) -> None:
    ticks: list[int] = []
    ticker = make(lambda: ticks.append(1), opened=False)
    await turns()
    assert ticks == []
    ticker.open()
    await until(lambda: len(ticks) > 10)


async def test_a_rate_is_not_exceeded(make: Make) -> None:
    ticks: list[float] = []
    make(lambda: ticks.append(time.monotonic()), rate=50)
    await until(lambda: len(ticks) >= 12)
    assert ticks[11] - ticks[0] > 0.15
    apart = sorted(b - a for a, b in itertools.pairwise(ticks))
    assert apart[1] > 0.008  # no bursts; one tick may be late, and the next is not


async def test_it_stops_steps_and_goes_on_as_another_thread_says(make: Make) -> None:
    ticks: list[int] = []
    runs = threading.Event()
    runs.set()
    ticker = make(lambda: ticks.append(1), runs=runs.is_set)
    await until(lambda: ticks)
    threading.Thread(target=runs.clear).start()
    await until(lambda: not runs.is_set())
    await turns()
    count = len(ticks)
    await turns()
    assert len(ticks) == count
    threading.Thread(target=ticker.step_once).start()
    await until(lambda: len(ticks) > count)
    await turns()
    assert len(ticks) == count + 1
    runs.set()
    threading.Thread(target=ticker.notify).start()
    await until(lambda: len(ticks) > count + 2)


async def test_a_step_interrupts_the_wait_for_the_next_tick(make: Make) -> None:
    ticks: list[int] = []
    runs = threading.Event()
    runs.set()
    ticker = make(lambda: ticks.append(1), rate=1e-3, runs=runs.is_set)
    await until(lambda: ticks)
    runs.clear()
    ticker.step_once()
    await until(lambda: len(ticks) == 2)


async def test_stop_ends_it_and_lets_go_of_the_function() -> None:
    class Owner:
        def tick(self) -> None:
            pass

    owner = Owner()
    reference = weakref.ref(owner)
    ticker = Ticker(owner.tick, asyncio.get_running_loop(), rate=lambda: 0.0)
    ticker.start()
    ticker.open()
    await turns()
    ticker.stop()
    await turns()
    del owner
    gc.collect()
    assert reference() is None
    assert not ticker.running


async def test_other_tasks_get_their_turn_between_ticks(make: Make) -> None:
    """Work that takes many turns of the loop, such as a message to a kernel, takes about one tick and not as many."""
    ticks: list[int] = []

    def tick() -> None:
        ticks.append(1)
        time.sleep(0.02)

    make(tick)
    await until(lambda: ticks)
    before = len(ticks)
    await turns(12)
    assert len(ticks) - before <= 6


async def test_two_tickers_share_the_loop(make: Make) -> None:
    counts = [0, 0]

    def ticker(index: int) -> Callable[[], None]:
        def tick() -> None:
            counts[index] += 1
            time.sleep(0.002)

        return tick

    make(ticker(0))
    make(ticker(1))
    await until(lambda: sum(counts) > 100)
    assert min(counts) > 0.3 * max(counts)


async def test_yielding_costs_little_when_nobody_wants_the_loop() -> None:
    """Less than any sleep would take."""
    loop = asyncio.get_running_loop()
    seconds = []
    for _ in range(200):
        start = time.perf_counter()
        await let_others_run(loop)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.001


async def test_an_exception_stops_it_and_is_told_to_the_loop() -> None:
    told: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context))
    ticks: list[int] = []

    def tick() -> None:
        ticks.append(1)
        raise ValueError("of the tick")

    ticker = Ticker(tick, loop, rate=lambda: 0.0)
    ticker.start()
    ticker.open()
    await until(lambda: told)
    await turns()
    assert ticks == [1]
    assert [repr(context["exception"]) for context in told] == ["ValueError('of the tick')"]
    assert not ticker.running


async def test_a_rate_counts_from_start_to_start_of_the_ticks(make: Make) -> None:
    ticks: list[float] = []

    def tick() -> None:
        ticks.append(time.monotonic())
        time.sleep(0.07)

    make(tick, rate=10)

    def apart() -> list[float]:
        return sorted(b - a for a, b in itertools.pairwise(ticks))

    await until(lambda: len(ticks) >= 7 and apart()[0] < 0.15)
    assert ticks[1] - ticks[0] > 0.09, "the first two are as far apart as any"
    assert apart()[1] > 0.09  # one tick may be late, and the next is not


async def test_a_rate_that_rises_is_taken_up_before_the_slow_tick_is_due(make: Make) -> None:
    ticks: list[int] = []
    rate = 1e-3
    ticker = Ticker(lambda: ticks.append(1), asyncio.get_running_loop(), rate=lambda: rate)
    ticker.start()
    ticker.open()
    await until(lambda: ticks)
    await turns()
    assert len(ticks) == 1
    rate = 100
    await until(lambda: len(ticks) > 5)
    ticker.stop()
