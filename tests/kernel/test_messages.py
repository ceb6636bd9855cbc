"""How soon a kernel hears its pages: between ticks, and inside a cell that keeps the thread. No subshells here."""

from __future__ import annotations

import bisect
import random
import statistics
import time
from collections.abc import Iterator

import pytest

from .kernel import Kernel

pytestmark = pytest.mark.kernel

SETUP = """
import asyncio, comm, time, torch
from vultorch_widget.loop.pump import Pump
from vultorch_widget.loop.ticker import Ticker
torch.set_num_threads(1)
heard, ends, order, notices = [], [], [], []
matrix = torch.rand(256, 256)

def opened(channel, _message):
    channel.on_msg(lambda message: heard.append((message["content"]["data"]["number"], time.monotonic())))

comm.get_comm_manager().register_target("hearing", opened)

def work(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        matrix @ matrix
    ends.append(end)

def ticking(seconds):
    ticker = Ticker(lambda: work(seconds), asyncio.get_running_loop(), rate=lambda: 0.0)
    ticker.start()
    ticker.open()
    return ticker

def block(seconds):
    order.append("block")
    pump, end = Pump(notices.append), time.monotonic() + seconds
    pump.begin()
    while time.monotonic() < end:
        work(0.0046)
        pump()
    order.append("ended")
"""


@pytest.fixture(scope="module")
def started() -> Iterator[Kernel]:
    kernel = Kernel()
    kernel.run(SETUP)
    kernel.send("comm_open", {"comm_id": "page", "target_name": "hearing", "data": {}})
    yield kernel
    kernel.close()


@pytest.fixture
def kernel(started: Kernel) -> Kernel:
    started.run("heard.clear(); ends.clear(); order.clear(); notices.clear()")
    return started


def _say(kernel: Kernel, number: int) -> str:
    return kernel.send("comm_msg", {"comm_id": "page", "data": {"number": number}})


@pytest.mark.parametrize(("seconds", "messages", "limit"), [(0.0046, 40, 0.05), (0.2, 11, 0.15)])
def test_a_message_is_heard_right_after_the_tick_that_was_running(
    kernel: Kernel, seconds: float, messages: int, limit: float
) -> None:
    kernel.run(f"ticker = ticking({seconds})")
    said = []
    for number in range(messages):
        time.sleep(random.uniform(0.01, 0.05) + seconds)
        said.append(time.monotonic())
        _say(kernel, number)
    time.sleep(0.3 + 2 * seconds)
    heard, ends = kernel.value("(heard, ends)")
    kernel.run("ticker.stop()")
    assert [number for number, _ in heard] == list(range(messages))
    waited = [at - ends[bisect.bisect(ends, said[number])] for number, at in heard]
    assert statistics.median(waited) < limit


def test_a_cell_runs_right_after_the_tick_that_was_running(kernel: Kernel) -> None:
    kernel.run("ticker = ticking(0.1)")
    took = []
    for _ in range(7):
        begun = time.monotonic()
        took.append(kernel.value("time.monotonic()") - begun)
    kernel.run("ticker.stop()")
    assert statistics.median(took) < 0.1 + 0.1


def test_a_blocked_cell_hears_messages_while_cells_wait_in_their_order(kernel: Kernel) -> None:
    blocked = kernel.start("block(1.2)")
    kernel.listen(0.3)
    said, names, cells = [], [], [blocked]
    for number in range(12):
        if number % 4 == 0:
            cells.append(kernel.start(f"order.append({number})"))
        said.append(time.monotonic())
        names.append(_say(kernel, number))
        time.sleep(0.02)
    for cell in cells:
        kernel.finish(cell)
    heard, order, notices = kernel.value("(heard, order, notices)")
    assert [number for number, _ in heard] == list(range(12)), "each once, in order"
    assert statistics.median(at - said[number] for number, at in heard) < 0.1
    assert order == ["block", "ended", 0, 4, 8]
    assert notices == []
    assert all(kernel.states[name].count("idle") == 1 for name in names), "pages wait for it"


def test_a_page_that_is_opened_while_a_cell_blocks_learns_at_once_what_there_is(kernel: Kernel) -> None:
    blocked = kernel.start("block(2)")
    kernel.listen(0.4)
    begun = time.monotonic()
    kernel.send("kernel_info_request", {})
    kernel.send("comm_info_request", {"target_name": "hearing"})
    answers = kernel.answers(["kernel_info_reply", "comm_info_reply"], timeout=1.0)
    assert time.monotonic() - begun < 1.0, "the cell is still running"
    assert answers["kernel_info_reply"]["status"] == "ok"
    assert list(answers["comm_info_reply"]["comms"]) == ["page"]
    kernel.finish(blocked)
    assert kernel.value("order") == ["block", "ended"]


@pytest.mark.parametrize("before", ["time.sleep(0.3)", "await asyncio.sleep(0.3)"])
def test_what_a_page_asks_right_behind_the_cell_is_answered_while_it_blocks(kernel: Kernel, before: str) -> None:
    kernel.start(before)
    blocked = kernel.start("block(2)")
    kernel.send("comm_info_request", {"target_name": "hearing"})  # which the kernel takes before the cell begins
    answers = kernel.answers(["comm_info_reply"], timeout=1.5)
    assert list(answers["comm_info_reply"]["comms"]) == ["page"]
    kernel.finish(blocked)
    assert kernel.value("(order, notices)") == [["block", "ended"], []]


def test_every_cell_is_answered_once(kernel: Kernel) -> None:
    answered = kernel.start("1")
    while kernel.replies(1) != [answered]:
        pass
    cells = [kernel.start("block(0.5)")]
    time.sleep(0.2)
    cells += [kernel.start(f"order.append({number})") for number in range(4)]
    assert kernel.replies(5) == cells
    assert kernel.value("order") == ["block", "ended", 0, 1, 2, 3]
    assert len(kernel.replies(1)) == 1  # of the line above, and none besides


def test_an_interrupt_goes_through_the_pump_and_loses_no_cell(kernel: Kernel) -> None:
    cell = kernel.start("block(30)")
    kernel.listen(0.3)
    for number in range(20):
        _say(kernel, number)
    kernel.interrupt()
    assert "KeyboardInterrupt" in kernel.finish(cell, timeout=20)
    kernel.listen(0.2)
    heard = kernel.value("[number for number, _ in heard]")
    assert heard == list(range(20))
