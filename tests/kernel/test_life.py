"""A view in a real kernel, without a page: when it ticks, where it prints, and that it is freed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE

from .kernel import Kernel

pytestmark = pytest.mark.kernel

VIEW = """
import weakref, gc, asyncio
import torch
import vultorch_widget as vultorch
view = vultorch.View("life", 400, 300, tick_rate=200)
tensor = view.panel("p").canvas("c").alloc(32, 32, device="cpu")

@view.on_frame
def frame():
    tensor[..., 0] = defined_below
    view.panel("p").slider("x")
    if view.frame_count % 20 == 0:
        print("frame", view.frame_count)

view.run()
defined_below = 0.5
"""


def test_a_kernel_that_ends_leaves_no_files() -> None:
    kernel = Kernel()
    path = kernel.value("str(__import__('vultorch_widget').View('f').panel('p')._host.folder.place('a.png'))")
    Path(path).write_bytes(b"1")
    kernel.close(now=False)
    assert not Path(path).parent.parent.exists()


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    kernel = Kernel()
    yield kernel
    kernel.close()


def test_the_first_tick_comes_after_the_cell_and_prints_land_under_it(kernel: Kernel) -> None:
    cell = kernel.start(VIEW + "print('ended at', view.frame_count)", cell="made")
    assert "ended at 0" in kernel.finish(cell)
    other = kernel.start("await view.wait(frames=21, timeout=300); print('other', view.state)", cell="other")
    assert kernel.finish(other) == "other running\n"
    kernel.wait_for_text(cell, "frame 20")
    assert kernel.run("view.last_error is None") == "True"


def test_a_cell_can_wait_for_the_view_that_it_started(kernel: Kernel) -> None:
    waited = kernel.run(VIEW + "await view.wait(frames=30, timeout=300); print('waited', view.frame_count >= 30)")
    assert "waited True" in waited
    assert "TimeoutError: not reached within 0.1 s" in kernel.run("await view.wait(frames=10**9, timeout=0.1)")


def test_running_a_cell_again_frees_the_old_view_fifty_times(kernel: Kernel) -> None:
    kernel.run("import weakref; views = []")
    for _ in range(50):
        kernel.run(VIEW + "views.append(weakref.ref(view)); await view.wait(frames=2, timeout=300)")
    kernel.eventually("(gc.collect(), sum(view() is not None for view in views))[1] == 1")
    tickers = "print(sum('ticker' in task.get_name() for task in asyncio.all_tasks()))"
    assert kernel.run(tickers) == "1\n"
    widgets = "from ipywidgets.widgets import widget; print(len(widget._instances))"
    assert int(kernel.run(widgets)) < 10  # those of one view


def test_running_a_cell_again_keeps_what_was_chosen_by_hand(kernel: Kernel) -> None:
    kernel.run(VIEW + "view.widget._chosen = 'by hand'")
    kernel.run(VIEW + "before = view.widget.chosen")
    kernel.run(VIEW)  # even if nothing has asked for the widget meanwhile
    other = "vultorch.View('another').widget.chosen"
    assert kernel.run(f"print(before, view.widget.chosen, [{other}])") == "by hand by hand ['']\n"


def test_an_interrupt_ends_the_cell_and_not_the_view(kernel: Kernel) -> None:
    kernel.run(VIEW)
    cell = kernel.start("import time\nprint('begun', flush=True)\ntime.sleep(300)")
    kernel.wait_for_text(cell, "begun")
    kernel.interrupt()
    assert "KeyboardInterrupt" in kernel.finish(cell)
    before = int(kernel.run("print(view.frame_count)"))
    kernel.eventually(f"view.frame_count > {before}")


def test_an_interrupt_ends_a_step_loop(kernel: Kernel) -> None:
    kernel.run("view.close(); view = vultorch.View('loop', 400, 300)")
    # It prints little: what is printed beyond what a socket holds is lost, and with it the end of the cell.
    says = "if view.frame_count < 8: print('frame', view.frame_count, flush=True)"
    cell = kernel.start(f"while view.step():\n    {says}\n    view.end_step()")
    kernel.wait_for_text(cell, "frame 7")
    kernel.interrupt()
    assert "KeyboardInterrupt" in kernel.finish(cell)
    assert kernel.run("view.frame_count > 5") == "True"
    again = "for _ in range(3):\n    view.step()\n    view.end_step()\nprint(view.state)"
    assert kernel.run(again) == "running\n"


def test_a_failing_callback_pauses_and_wait_says_why(kernel: Kernel) -> None:
    kernel.run("view.close()\n" + VIEW + "del defined_below")
    text = kernel.run("await view.wait(frames=5, timeout=300)")
    assert "the view is failed after 0 frames" in text
    assert "NameError" in kernel.run("repr(view.last_error)")
    kernel.run("defined_below = 1.0; view.resume()")
    assert "done" in kernel.run("await view.wait(frames=5, timeout=300); print('done')")


def test_cells_run_in_their_order_after_a_step_loop(kernel: Kernel) -> None:
    kernel.run("order = []; view.close(); view = vultorch.View('order', 400, 300)")
    loop = kernel.start("for _ in range(60):\n    view.step(); time.sleep(0.01); view.end_step()\norder.append('loop')")
    cells = [kernel.start(f"order.append({i})") for i in range(5)]
    for cell in [loop, *cells]:
        kernel.finish(cell)
    assert kernel.run("print(order)") == "['loop', 0, 1, 2, 3, 4]\n"


@pytest.mark.parametrize("raised", ["sys.exit('the loss is NaN')", "raise asyncio.CancelledError('gone')"])
def test_a_callback_that_would_end_the_loop_fails_the_view_and_no_more(kernel: Kernel, raised: str) -> None:
    kernel.run(
        f"""
import asyncio, sys
import vultorch_widget as vultorch
view = vultorch.View("exits", 400, 300, tick_rate=200)

@view.on_frame
def frame():
    if view.frame_count == 3:
        {raised}

view.run()
"""
    )
    kernel.eventually("view.state != 'running'")
    assert kernel.value("[view.state, view.frame_count, type(view.last_error).__name__]") == [
        "failed",
        3,
        "SystemExit" if "exit" in raised else "CancelledError",
    ]
    kernel.run("view.on_frame(lambda: None); view.resume(); await view.wait(frames=10, timeout=300)")
    assert kernel.run("print(view.state)") == "running\n"


def test_a_loop_that_was_stopped_goes_on_by_itself_where_it_is_resumed(kernel: Kernel) -> None:
    kernel.run(
        """
import vultorch_widget as vultorch
view = vultorch.View("loop", 400, 300)

@view.on_frame
def frame():
    if view.frame_count == 2:
        view.stop()

while view.step():
    view.end_step()
"""
    )
    assert kernel.value("[view.state, view.frame_count]") == ["stopped", 3]
    kernel.run("view.resume(); await view.wait(frames=20, timeout=300)")
    assert kernel.value("[view.state, view.frame_count >= 20]") == ["running", True]
    kernel.run("view.close()")


def test_a_view_that_is_closed_shows_what_it_showed_last_and_makes_no_widget(kernel: Kernel) -> None:
    kernel.run(VIEW + "await view.wait(frames=5, timeout=300); view.close()")
    count = "len(__import__('ipywidgets').widgets.widget._instances)"
    before = kernel.value(count)
    assert kernel.run("view").startswith("life: closed at step")
    assert kernel.run("view.step()") == "False"
    assert "RuntimeError: view 'life' is closed; make a new one" in kernel.run("view.run()")
    assert kernel.value(count) == before


def test_frames_that_will_not_come_are_not_waited_for(kernel: Kernel) -> None:
    kernel.run("view = vultorch.View('still', 400, 300); view.run(); logged = []")
    assert "has nothing to call, so no frame will come" in kernel.run("await view.wait(frames=1)")
    kernel.run("__import__('threading').Timer(0.1, logged.append, [1]).start()")
    assert kernel.run("await view.wait(until=lambda: logged, timeout=300); print(logged)") == "[1]\n"


FORKED = """
import os, signal, sys, time
view = vultorch.View("forked", 400, 300{options})
view.panel("p").canvas("c").alloc(8, 8, device="cpu")
{before}
child = os.fork()
if child == 0:
    frames = 0
    while view.step():
        frames += 1
        view.end_step()
        if frames == {frames}:
            view.stop()
    os._exit(frames)
deadline, ended = time.monotonic() + {patience}, 0
if {frames} == 0:
    time.sleep(0.5)
    os.kill(child, signal.SIGTERM)
while not ended and time.monotonic() < deadline:
    ended, status = os.waitpid(child, os.WNOHANG)
    time.sleep(0.01)
if not ended:
    os.kill(child, signal.SIGKILL)
print("\\nended with", os.waitstatus_to_exitcode(status) if ended else "nothing")
"""


@pytest.mark.parametrize("options", ["", ", headless=True"])
@pytest.mark.parametrize("before", ["", "view.step(); view.end_step()"])
@pytest.mark.parametrize(("frames", "code"), [(5, "5"), (0, "-15")])
def test_a_loop_in_a_process_forked_from_a_kernel_runs_and_can_be_ended(
    kernel: Kernel, options: str, before: str, frames: int, code: str
) -> None:
    kernel.run("import vultorch_widget as vultorch")
    text = kernel.run(FORKED.format(options=options, before=before, frames=frames, patience=PATIENCE))
    assert text.strip().endswith(f"ended with {code}"), text
    kernel.run("view.close()")


IN_CHILD = f"""
import os
def in_child():
    # What a forked process does with the view of its parent; its own exit status says how far it came.
    frames = 0
    view.on_frame(lambda: None)  # it must not fork again
    while frames < 5 and view.step():
        view.log(loss=1.0)
        view.end_step()
        frames += 1
    os._exit(frames)

def forked():
    child = os.fork()
    if child == 0:
        in_child()
    deadline, ended = time.monotonic() + {PATIENCE}, 0
    while not ended and time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        time.sleep(0.01)
    if not ended:
        os.kill(child, 9)
    return os.waitstatus_to_exitcode(status) if ended else "nothing"
"""


@pytest.mark.parametrize(
    "parent",
    [
        pytest.param("view.run(); view.pause(); print('child', forked())", id="paused"),
        pytest.param("view.run(); view.stop(); print('child', forked())", id="stopped"),
        pytest.param("view.step(); print('child', forked()); view.end_step()", id="in a frame"),
        pytest.param(
            "view.on_frame(lambda: (codes.append(forked()), view.stop())); view.run()\n"
            "await view.wait(until=lambda: codes, timeout=300); print('child', codes[0])",
            id="in a callback",
        ),
        pytest.param("with view._parts.standing._lock: print('child', forked())", id="another thread at work"),
    ],
)
def test_a_forked_process_trains_whatever_its_parent_was_doing(kernel: Kernel, parent: str) -> None:
    kernel.run("import time, vultorch_widget as vultorch; codes = []" + IN_CHILD)
    text = kernel.run(f"view = vultorch.View('family', 400, 300); view.panel('p')\n{parent}")
    assert "child 5" in text, text
    kernel.run("view.close()")


def test_a_forked_process_says_once_that_it_shows_nothing(kernel: Kernel) -> None:
    kernel.run("import time, vultorch_widget as vultorch" + IN_CHILD)
    cell = kernel.start("view = vultorch.View('said', 400, 300); print(forked())")
    kernel.wait_for_text(cell, "forked from the one that shows the view")
    assert kernel.finish(cell).count("RuntimeWarning") == 1
    kernel.run("view.close()")
