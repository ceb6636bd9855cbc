from __future__ import annotations

import asyncio

import pytest

from tests.patience import PATIENCE
from vultorch_widget.run.waiters import Waiters, WaitInterrupted


async def test_a_condition_that_holds_already_returns_at_once() -> None:
    await asyncio.wait_for(Waiters().wait(lambda: True, None, lambda: ""), PATIENCE)


async def test_it_returns_when_the_condition_holds_after_a_frame() -> None:
    waiters, frames = Waiters(), 0
    task = asyncio.create_task(waiters.wait(lambda: frames >= 2, PATIENCE, lambda: ""))
    for frames in (1, 2):  # noqa: B007 (the lambda reads it)
        await asyncio.sleep(0)
        assert not task.done()
        waiters.ask()
    await task


async def test_a_timeout_says_how_far_it_came() -> None:
    with pytest.raises(TimeoutError, match=r"within 0.01 s: 3 frames"):
        await Waiters().wait(lambda: False, 0.01, lambda: "3 frames")


async def test_a_condition_that_raises_raises_where_it_is_awaited_and_nowhere_else() -> None:
    waiters, met = Waiters(), False
    bad = asyncio.create_task(waiters.wait(lambda: 1 / 0 > 0, PATIENCE, lambda: ""))
    good = asyncio.create_task(waiters.wait(lambda: met, PATIENCE, lambda: ""))
    await asyncio.sleep(0)
    met = True
    waiters.ask()
    await good
    with pytest.raises(ZeroDivisionError):
        await bad


async def test_failing_ends_those_that_wait_but_not_those_that_are_done() -> None:
    waiters = Waiters()
    task = asyncio.create_task(waiters.wait(lambda: False, PATIENCE, lambda: ""))
    await asyncio.sleep(0)
    waiters.fail(lambda: RuntimeError("stopped"))
    with pytest.raises(RuntimeError, match="stopped"):
        await task


async def test_a_condition_may_end_what_is_waited_for() -> None:
    waiters = Waiters()

    def enough() -> bool:
        waiters.fail(lambda: RuntimeError("closed"))  # which checks once more
        return True

    calls = 0

    def once() -> bool:
        nonlocal calls
        calls += 1
        return enough() if calls == 1 else True

    await asyncio.wait_for(waiters.wait(once, None, lambda: ""), PATIENCE)
    assert calls == 2


async def test_an_interrupt_ends_the_wait_of_a_cell_also_in_the_instant_in_which_it_is_over() -> None:
    waiters, met = Waiters(), False

    def over() -> None:
        nonlocal met
        met = True
        waiters.ask()
        waiters.interrupt()

    asyncio.get_running_loop().call_soon(over)
    with pytest.raises(WaitInterrupted):
        await waiters.wait(lambda: met, PATIENCE, lambda: "", of_cell=True)
    asyncio.get_running_loop().call_soon(over)
    await waiters.wait(lambda: met, PATIENCE, lambda: "")


async def test_an_iterator_that_ends_in_a_condition_fails_the_wait_and_not_the_frame() -> None:
    waiters, items = Waiters(), iter([False])
    task = asyncio.create_task(waiters.wait(lambda: next(items), PATIENCE, lambda: ""))
    await asyncio.sleep(0)
    waiters.ask()
    with pytest.raises(RuntimeError, match="raised StopIteration"):
        await task


async def test_a_timeout_of_the_condition_is_its_own() -> None:
    def connect() -> bool:
        raise TimeoutError("no answer from the server")

    with pytest.raises(TimeoutError, match="no answer from the server"):
        await Waiters().wait(connect, PATIENCE, lambda: "")
