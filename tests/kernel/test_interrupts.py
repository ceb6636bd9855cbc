"""Interrupting a real kernel, by a signal, while a view runs there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import wait_until

from .kernel import Kernel

pytestmark = pytest.mark.kernel

VIEW = """
import asyncio, pathlib, time, torch
import vultorch_widget as vultorch
view = vultorch.View("interrupted", 400, 300)
canvas = view.panel("p").canvas("c")
tensor = canvas.alloc(32, 32, device="cpu")
weights = torch.zeros(1)

@view.on_frame
def frame():
    weights.add_(1.0)
    {body}

view.run()
"""
NEVER = "hangs.touch()\n    while True: pass"
SAVES = "hangs.touch()\n    while True: canvas.save('/dev/shm/interrupted.png')"
LONG = "time.sleep(0.6); " + NEVER
"""An interrupt after it hangs finds a callback that has taken unusually long."""
WAITS = "_ = asyncio.get_running_loop().call_soon(print, 'waits')"
"""Reports once the cell waits, because the loop gets no turn before that."""
QUICK = "time.sleep(0.0005)"


@pytest.fixture(scope="module")
def started() -> Iterator[Kernel]:
    kernel = Kernel()
    yield kernel
    kernel.close()


@pytest.fixture
def hangs(tmp_path: Path) -> Path:
    """A file that a callback writes once it hangs, because its kernel answers nothing then."""
    return tmp_path / "hangs"


@pytest.fixture
def kernel(started: Kernel, hangs: Path) -> Iterator[Kernel]:
    started.run(f"import pathlib; hangs = pathlib.Path({str(hangs)!r})")
    yield started
    started.run("view.close()")


@pytest.mark.parametrize("body", [NEVER, SAVES])
def test_a_callback_that_never_returns_is_interrupted_and_its_view_pauses(
    kernel: Kernel, hangs: Path, body: str
) -> None:
    kernel.run(VIEW.format(body=body))
    wait_until(hangs.exists)
    kernel.interrupt()
    assert kernel.run("print(view.state, view.frame_count, type(view.last_error).__name__, float(weights))") == (
        "paused 0 Interrupted 1.0\n"
    )
    failure = kernel.value("[view._parts.board.status().failure.where, view._parts.board.status().failure.summary]")
    assert failure == ["view.on_frame", "Interrupted"]
    kernel.run("view.on_frame(lambda: weights.add_(1.0)); view.resume(); await view.wait(frames=5, timeout=300)")
    now = kernel.value("[view.state, float(weights) >= 6, view._parts.board.status().failure]")
    assert now == ["running", True, None]
    assert kernel.value("canvas.save('/dev/shm/interrupted.png') is None or True")


def test_the_interrupt_takes_less_than_a_fifth_of_a_second(kernel: Kernel, hangs: Path) -> None:
    at = "at = time.monotonic()"  # also before it says that it hangs: the interrupt may come at once
    kernel.run(VIEW.format(body=f"global at\n    {at}\n    hangs.touch()\n    while True: {at}"))

    def took() -> float:
        wait_until(hangs.exists)
        hangs.unlink()
        sent = time.monotonic()
        kernel.interrupt()
        return kernel.value("at") - sent

    def in_time() -> bool:  # not every time: others may have the processor when the signal comes
        return 0 <= took() < 0.2 or bool(kernel.run("view.resume()"))

    wait_until(in_time)


def test_one_interrupt_pauses_a_training_of_quick_frames_and_loses_nothing(kernel: Kernel) -> None:
    for tick_rate in (0, 20):
        kernel.run(VIEW.format(body=QUICK) + f"view.tick_rate = {tick_rate}")
        kernel.run("await view.wait(frames=5, timeout=300)")
        for _ in range(8):
            kernel.run("view.resume(); await view.wait(frames=view.frame_count + 3, timeout=300)")
            kernel.interrupt()
            kernel.eventually("view.state == 'paused'")
        kernel.run("view.close()")


def test_eight_interrupts_at_once_pause_the_view_and_leave_the_kernel_well(kernel: Kernel) -> None:
    kernel.run(VIEW.format(body=QUICK))
    kernel.run("await view.wait(frames=5, timeout=300)")
    for _ in range(8):
        kernel.interrupt()
    assert kernel.value("view.state") == "paused"
    kernel.run("view.resume(); await view.wait(frames=view.frame_count + 50, timeout=300)")
    assert kernel.value("[view.state, len(view._parts.tree.notices)]") == ["running", 0]


def test_interrupting_a_cell_that_waits_ends_it_with_a_line_and_the_view_goes_on(kernel: Kernel) -> None:
    kernel.run(VIEW.format(body=QUICK) + "below = False")
    cell = kernel.start(f"{WAITS}\nawait view.wait(frames=10**9)\nbelow = True")
    queued = kernel.start("print('queued')")
    kernel.wait_for_text(cell, "waits")
    kernel.interrupt()
    text = kernel.finish(cell)
    assert text.startswith("waits\nInterrupted: the view is running after ")
    assert "Traceback" not in text
    assert "KeyboardInterrupt" not in text
    assert kernel.finish(queued) == "queued\n"
    assert kernel.value("[below, view.state]") == [False, "running"]
    assert "ZeroDivisionError" in kernel.run("1 / 0")  # which are still reported as usual


def test_a_loop_around_a_wait_is_interrupted_too(kernel: Kernel) -> None:
    kernel.run(VIEW.format(body=QUICK))
    cell = kernel.start(f"{WAITS}\nwhile True:\n    await view.wait(frames=view.frame_count + 10**6)")
    kernel.wait_for_text(cell, "waits")
    kernel.interrupt()
    assert "Interrupted: the view is running" in kernel.finish(cell)


def test_a_loop_around_waits_for_a_frame_each_is_interrupted_at_once(kernel: Kernel) -> None:
    kernel.run(VIEW.format(body=QUICK))
    for _ in range(8):  # the signal comes during the frame that the cell waits for
        cell = kernel.start(f"{WAITS}\nwhile True:\n    await view.wait(frames=view.frame_count + 1)")
        kernel.wait_for_text(cell, "waits")
        kernel.interrupt()
        text = kernel.finish(cell)
        assert text.startswith("waits\nInterrupted: the view is running")
        assert "Traceback" not in text


@pytest.mark.parametrize("view", ["", "view.close()\n" + VIEW.format(body=QUICK)], ids=["runs", "is_made_in_the_cell"])
def test_an_interrupt_before_a_cell_waits_ends_it_as_quietly(kernel: Kernel, hangs: Path, view: str) -> None:
    kernel.run(VIEW.format(body=QUICK))
    early = "hangs.touch()\nuntil = time.monotonic() + 0.3\nwhile time.monotonic() < until: pass\n"
    cell = kernel.start(f"{view}{early}await view.wait(frames=10**9)")
    wait_until(hangs.exists)
    kernel.interrupt()
    text = kernel.finish(cell)
    assert "Interrupted: the view is running after " in text
    assert "Traceback" not in text
    assert "CancelledError" not in text
    assert "ZeroDivisionError" in kernel.run("1 / 0")


def test_whoever_else_cancels_a_cell_that_waits_does_so_as_ever(kernel: Kernel) -> None:
    kernel.run(VIEW.format(body=QUICK))
    cancels = "_ = asyncio.get_running_loop().call_soon(asyncio.current_task().cancel)"
    assert "CancelledError" in kernel.run(f"{cancels}\nawait view.wait(frames=10**9)")


def test_a_callback_that_never_returns_is_interrupted_though_a_cell_waits(kernel: Kernel, hangs: Path) -> None:
    cell = kernel.start(VIEW.format(body=LONG) + "await view.wait(frames=10**9)")
    wait_until(hangs.exists)
    kernel.interrupt()
    assert "Interrupted: the view is paused after 0 frames" in kernel.finish(cell)
    assert kernel.value("[view.state, type(view.last_error).__name__]") == ["paused", "Interrupted"]


def test_a_pointer_s_callback_that_never_returns_is_interrupted(kernel: Kernel, hangs: Path, tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    kernel.run(VIEW.format(body=QUICK) + "view.pause()")
    kernel.run(
        f"""
import threading
def hang(event):
    hangs.touch()
    while True: pass
canvas.on_pointer(hang)
import vultorch_widget.run.toolbar
event = {{"kind": "pointed", "client": "c", "canvas": canvas.id, "action": "press", "x": 1.0, "y": 1.0,
         "button": "left", "buttons": ["left"], "wheel": 0.0, "modifiers": [], "stroke": 1}}
def press(loop):
    while not pathlib.Path({str(ended)!r}).exists():
        time.sleep(0.01)
    loop.call_soon_threadsafe(view._parts.hearing.receive, event)
threading.Thread(target=press, args=(asyncio.get_running_loop(),)).start()
"""
    )
    ended.touch()  # the cell: while the callback hangs, nobody would learn that it has ended
    wait_until(hangs.exists)
    kernel.interrupt()
    assert kernel.value("[view.state, type(view.last_error).__name__]") == ["failed", "Interrupted"]
