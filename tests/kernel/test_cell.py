"""What the loop knows about cells: when they end, and where their later output belongs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .kernel import Kernel

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    kernel = Kernel()
    kernel.run(
        """
import asyncio, sys, threading, time, warnings
from IPython.display import display
from vultorch_widget.notebook.cell import CellOutput, after_cell, in_kernel
from vultorch_widget.notebook.ticker import Ticker
calls = []
"""
    )
    yield kernel
    kernel.close()


def test_it_knows_that_it_is_in_a_kernel(kernel: Kernel) -> None:
    assert kernel.run("in_kernel()") == "True"


@pytest.mark.parametrize(
    "ending", ["calls.append('end')", "calls.append('end'); 1 / 0", "await asyncio.sleep(0.1); calls.append('end')"]
)
def test_after_cell_calls_once_when_the_cell_has_ended(kernel: Kernel, ending: str) -> None:
    kernel.run(f"calls.clear(); print(after_cell(lambda: calls.append('after')))\n{ending}")
    assert kernel.value("calls") == ["end", "after"]
    assert kernel.value("calls") == ["end", "after"]


def test_after_cell_does_not_take_a_comm_message_for_the_end_of_the_cell(kernel: Kernel) -> None:
    kernel.run(
        """
import comm
channel = comm.create_comm(target_name="heard")
channel.on_msg(lambda _: calls.append("heard"))
calls.clear()
after_cell(lambda: calls.append("after"))
thread = threading.Thread(target=channel.handle_msg, args=({},))  # as on a subshell
thread.start()
thread.join()
channel.handle_msg({})
calls.append("end")
"""
    )
    assert kernel.value("calls") == ["heard", "heard", "end", "after"]


def test_after_cell_does_not_wait_for_the_next_cell_where_none_runs(kernel: Kernel) -> None:
    kernel.run(
        """
said = []
asyncio.get_running_loop().call_soon(lambda: said.append(after_cell(lambda: said.append("called"))))
async def task():
    said.append(after_cell(lambda: said.append("called")))
asyncio.create_task(task())
while len(said) < 2:
    await asyncio.sleep(0)
"""
    )
    assert kernel.value("said") == [False, False]


def test_prints_warnings_and_displays_of_ticks_land_under_their_own_cell(kernel: Kernel) -> None:
    mine = kernel.start(
        """
output = CellOutput()
count = 0
def tick():
    global count
    with output.here():
        count += 1
        if count == 10:
            print("printed")
            print("complained", file=sys.stderr)
            warnings.warn("warned")
            display("displayed")
ticker = Ticker(tick, asyncio.get_running_loop(), rate=lambda: 100.0)
ticker.start()
after_cell(ticker.open)
"""
    )
    kernel.finish(mine)
    other = kernel.start(
        """
ticked = threading.Event()
thread = threading.Thread(target=lambda: (ticked.wait(), print("other thread")))
thread.start()
while count < 12:
    await asyncio.sleep(0.01)
ticked.set()
thread.join()
print("other cell")
"""
    )
    kernel.finish(other)
    kernel.run("ticker.stop()")
    for expected in ("printed", "complained", "warned", "displayed"):
        kernel.wait_for_text(mine, expected)
    assert kernel.text[other] == "other thread\nother cell\n"


def test_what_is_called_from_another_message_lands_under_its_own_cell_too(kernel: Kernel) -> None:
    mine = kernel.start("output = CellOutput()")
    kernel.finish(mine)
    other = kernel.start("with output.here():\n    print('mine')\nprint('other')")
    assert kernel.finish(other) == "other\n"
    kernel.wait_for_text(mine, "mine\n")
    assert kernel.text[mine] == "mine\n"


def test_cells_whose_views_have_no_title_have_views_of_their_own(kernel: Kernel) -> None:
    """Each cell that runs again replaces its own views, and no others."""
    kernel.run("import vultorch_widget as vultorch")
    kernel.finish(kernel.start("a = vultorch.View(); also = vultorch.View()", cell="A"))
    kernel.finish(kernel.start("b = vultorch.View()", cell="B"))
    assert kernel.value("[a.state, also.state, b.state]") == ["idle", "idle", "idle"]
    kernel.finish(kernel.start("old = [a, also]; a = vultorch.View()", cell="A"))
    assert kernel.value("[a.state, b.state, *(view.state for view in old)]") == ["idle", "idle", "closed", "closed"]
    kernel.run("a.close(); b.close()")


def test_a_cell_that_runs_a_view_and_ends_with_it_shows_it_once(kernel: Kernel) -> None:
    kernel.run("import vultorch_widget as vultorch")
    ran = kernel.start("view = vultorch.View('once'); view.run(max_frames=1)\nview")
    again = kernel.start("view")
    asked = kernel.start("other = vultorch.View('twice'); other.run(max_frames=1); display(other)")
    kernel.finish(asked)
    kernel.run("view.close(); other.close()")
    assert [kernel.text[cell].count("A view of") for cell in (ran, again, asked)] == [1, 1, 2]


def test_what_callbacks_print_lands_under_the_cell_that_ran_the_view(kernel: Kernel) -> None:
    made = kernel.start("import vultorch_widget as vw\nview = vw.View()\n_ = view.on_frame(lambda: print('printed'))")
    kernel.finish(made)
    ran = kernel.start("view.run(max_frames=3)")
    kernel.finish(ran)
    kernel.wait_for_text(ran, "printed\n" * 3)
    assert kernel.text[made] == ""
    kernel.run("view.close()")


def test_a_thread_in_the_context_of_a_callback_prints_under_the_cell_of_the_callback(kernel: Kernel) -> None:
    mine = kernel.start("output = CellOutput()")
    kernel.finish(mine)
    other = kernel.start(
        """
from contextvars import copy_context
with output.here():
    thread = threading.Thread(target=copy_context().run, args=(lambda: print("from a thread"),))
thread.start()
thread.join()
"""
    )
    assert kernel.finish(other) == ""
    kernel.wait_for_text(mine, "from a thread\n")
