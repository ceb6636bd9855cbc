"""When a kernel hears its pages: between ticks, and inside a cell that keeps the thread. No subshells here.

`make bench` measures how soon, in milliseconds.
"""

from __future__ import annotations

import bisect
import itertools
import statistics
import time
from collections.abc import Callable, Iterator

import pytest

from tests.patience import PATIENCE, wait_until

from .kernel import Kernel

pytestmark = pytest.mark.kernel

SETUP = """
import asyncio, comm, time, torch
from vultorch_widget.notebook.pump import Pump
from vultorch_widget.notebook.ticker import Ticker
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

def block():
    "Keeps the thread until a page says LAST."
    order.append("block")
    print("begun", flush=True)
    pump, end = Pump(notices.append), time.monotonic() + PATIENCE
    pump.begin()
    while (heard[-1:] or [(None,)])[0][0] != LAST and time.monotonic() < end:
        work(0.0046)
        pump()
    order.append("ended" if time.monotonic() < end else "deaf")
"""
LAST = -1


@pytest.fixture(scope="module")
def started() -> Iterator[Kernel]:
    kernel = Kernel()
    kernel.run(f"LAST, PATIENCE = {LAST}, {PATIENCE}\n{SETUP}")
    kernel.send("comm_open", {"comm_id": "page", "target_name": "hearing", "data": {}})
    yield kernel
    kernel.close()


@pytest.fixture
def kernel(started: Kernel) -> Kernel:
    started.run("heard.clear(); ends.clear(); order.clear(); notices.clear()")
    return started


def _say(kernel: Kernel, number: int) -> str:
    return kernel.send("comm_msg", {"comm_id": "page", "data": {"number": number}})


def _blocking(kernel: Kernel) -> str:
    """A cell that keeps the thread until it hears `LAST`, and has begun."""
    cell = kernel.start("block()")
    kernel.wait_for_text(cell, "begun")
    return cell


def _becomes(limit: float, ticks: Callable[[], float]) -> None:
    """Waits until there are few ``ticks``. Not every time: others may have the processor as a message is sent."""
    wait_until(lambda: ticks() <= limit, "it is never heard as soon")


@pytest.mark.parametrize(("seconds", "messages", "limit"), [(0.0046, 40, 10), (0.2, 5, 2)])
def test_a_message_is_heard_right_after_the_tick_that_was_running(
    kernel: Kernel, seconds: float, messages: int, limit: int
) -> None:

    def ticks() -> float:
        kernel.run(f"heard.clear(); ends.clear(); ticker = ticking({seconds})")
        said = []
        for number in range(messages):
            said.append(time.monotonic())
            kernel.finish(_say(kernel, number))
        heard, ends = kernel.value("(heard, ends)")
        kernel.run("ticker.stop()")
        assert [number for number, _ in heard] == list(range(messages))
        return statistics.median(bisect.bisect(ends, at) - bisect.bisect(ends, said[number]) for number, at in heard)

    _becomes(limit, ticks)


def test_a_cell_runs_right_after_the_tick_that_was_running(kernel: Kernel) -> None:
    def ticks() -> float:
        kernel.run("ticker = ticking(0.1)")
        ended = [kernel.value("len(ends)") for _ in range(8)]
        kernel.run("ticker.stop()")
        return statistics.median(after - before for before, after in itertools.pairwise(ended))

    _becomes(2, ticks)


def test_a_blocked_cell_hears_messages_while_cells_wait_in_their_order(kernel: Kernel) -> None:
    cells, names = [_blocking(kernel)], []
    for number in range(12):
        if number % 4 == 0:
            cells.append(kernel.start(f"order.append({number})"))
        names.append(_say(kernel, number))
    names.append(_say(kernel, LAST))
    for cell in cells:
        kernel.finish(cell)
    heard, order, notices = kernel.value("(heard, order, notices)")
    assert [number for number, _ in heard] == [*range(12), LAST], "each once, in order"
    assert order == ["block", "ended", 0, 4, 8]
    assert notices == []
    assert all(kernel.states[name].count("idle") == 1 for name in names), "pages wait for it"


def test_a_page_that_is_opened_while_a_cell_blocks_learns_at_once_what_there_is(kernel: Kernel) -> None:
    blocked = _blocking(kernel)
    asked = [kernel.send("kernel_info_request", {}), kernel.send("comm_info_request", {"target_name": "hearing"})]
    answers = kernel.answers(asked)  # the cell is still running
    _say(kernel, LAST)
    assert answers["kernel_info_reply"]["status"] == "ok"
    assert list(answers["comm_info_reply"]["comms"]) == ["page"]
    kernel.finish(blocked)
    assert kernel.value("order") == ["block", "ended"]


@pytest.mark.parametrize("before", ["time.sleep(0.3)", "await asyncio.sleep(0.3)"])
def test_what_a_page_asks_right_behind_the_cell_is_answered_while_it_blocks(kernel: Kernel, before: str) -> None:
    kernel.start(before)
    blocked = kernel.start("block()")
    asked = kernel.send("comm_info_request", {"target_name": "hearing"})  # the kernel takes it before the cell begins
    answers = kernel.answers([asked])
    _say(kernel, LAST)
    assert list(answers["comm_info_reply"]["comms"]) == ["page"]
    kernel.finish(blocked)
    assert kernel.value("(order, notices)") == [["block", "ended"], []]


def test_every_cell_is_answered_once(kernel: Kernel) -> None:
    answered = kernel.start("1")
    while kernel.replies(1) != [answered]:
        pass
    cells = [_blocking(kernel)]
    cells += [kernel.start(f"order.append({number})") for number in range(4)]
    _say(kernel, LAST)
    assert kernel.replies(5) == cells
    assert kernel.value("order") == ["block", "ended", 0, 1, 2, 3]
    assert len(kernel.replies(1)) == 1  # for the line above, and no others


def test_an_interrupt_goes_through_the_pump_and_loses_no_cell(kernel: Kernel) -> None:
    cell = _blocking(kernel)
    for number in range(20):
        _say(kernel, number)
    kernel.interrupt()
    assert "KeyboardInterrupt" in kernel.finish(cell)
    kernel.eventually("len(heard) == 20")
    assert kernel.value("[number for number, _ in heard]") == list(range(20))


def test_an_interrupt_while_a_message_is_taken_does_not_lose_it(kernel: Kernel) -> None:
    kernel.run(
        "import signal\n"
        "from vultorch_widget.notebook import pump\n"
        "receive = pump._receive\n"
        "def interrupted(stream):\n"
        "    message = receive(stream)\n"
        "    if message is not None:\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "    return message\n"
        "pump._receive = interrupted"
    )
    cell = _blocking(kernel)
    _say(kernel, 0)
    assert "KeyboardInterrupt" in kernel.finish(cell)
    kernel.eventually("len(heard) == 1")
    kernel.run("pump._receive = receive")
