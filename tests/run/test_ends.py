"""How views and their loops end, fail and start again outside a notebook."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import PATIENCE, turns, until, wait_until


def make_view(title: str = "ends", **options: Any) -> vultorch.View:
    return vultorch.View(title, 640, 360, headless=True, **options)


# --- what callbacks raise ---------------------------------------------------------------------------------------------


def test_a_callback_that_exits_ends_the_script() -> None:
    view = make_view()

    @view.on_frame
    def frame() -> None:
        sys.exit("the loss is NaN")

    with pytest.raises(SystemExit, match="the loss is NaN"):
        view.run()
    assert view.state == "failed"
    assert isinstance(view.last_error, SystemExit)


async def _coroutine() -> None:
    pass


def _generator() -> Iterator[None]:
    yield


async def _async_generator() -> AsyncIterator[None]:
    yield


class _Awaited:
    async def __call__(self) -> None:
        pass


class _Yields:
    def __call__(self) -> Iterator[None]:
        yield

    def method(self) -> Iterator[None]:
        yield


@pytest.mark.parametrize(
    ("callback", "why"),
    [
        (_coroutine, "not a coroutine function"),
        (partial(_coroutine), "not a coroutine function"),
        (_Awaited(), "not a coroutine function"),
        (_generator, r"not a generator function.*while view\.step\(\)"),
        (partial(partial(_generator)), "not a generator function"),
        (_async_generator, "not a generator function"),
        (_Yields(), "not a generator function"),
        (_Yields().method, "not a generator function"),
        (_Yields, "not the class _Yields"),
        (7, "takes a function, not 7"),
    ],
)
def test_what_a_call_would_not_run_is_refused_wherever_it_is_registered(callback: Any, why: str) -> None:
    view = make_view()
    panel = view.panel("p")
    places: list[tuple[Any, str]] = [
        (view.on_frame, r"view\.on_frame"),
        (view.reset, r"view\.reset"),
        (panel.on_frame, "on_frame of panel 'p'"),
        (panel.canvas("c").on_pointer, "on_pointer of canvas 'c'"),
    ]
    for register, where in places:
        with pytest.raises(TypeError, match=f"{where} .*{why}"):
            register(callback)


def test_what_can_be_called_is_taken() -> None:
    view = make_view()
    frames = iter(range(3))
    for callback in (partial(next, frames), frames.__next__, lambda: None, print):
        view.on_frame(callback)
        view.run(max_frames=1)


def test_an_iterator_that_has_come_to_its_end_says_what_to_do() -> None:
    view = make_view()
    page = Page(view).open()
    view.on_frame(partial(next, iter([1])))
    with pytest.raises(StopIteration):
        view.run()
    assert view.frame_count == 1
    assert "view.stop() where the data ends" in page.status["failure"]["summary"]


@pytest.mark.parametrize("again", [vultorch.View.run, vultorch.View.step])
def test_a_callback_that_runs_its_own_view_is_refused(again: Any) -> None:
    view = make_view()
    view.on_frame(lambda: again(view))
    with pytest.raises(RuntimeError, match="called by a callback of the view, whose frames run already"):
        view.run()


# --- loops ------------------------------------------------------------------------------------------------------------


def test_a_loop_goes_on_after_an_error_that_the_program_has_caught() -> None:
    view = make_view()
    frames = 0

    @view.on_frame
    def frame() -> None:
        if view.frame_count == 0 and frames == 1:
            raise ValueError("a bad batch")

    while view.step():
        frames += 1
        try:
            view.end_step()
        except ValueError:
            assert view.state == "failed"
        if view.frame_count == 3:
            view.stop()
    assert frames == 4
    assert view.state == "stopped"


def test_a_loop_begins_after_a_run_that_has_come_to_its_end() -> None:
    view = make_view()
    view.run(max_frames=2)
    while view.step():
        view.end_step()
        if view.frame_count == 5:
            view.stop()
    assert view.frame_count == 5
    assert not view.step()  # a stopped loop stays stopped


def test_one_step_after_an_error_takes_the_error_away() -> None:
    view = make_view()
    page = Page(view).open()
    bad = True

    @view.on_frame
    def frame() -> None:
        if bad:
            raise ValueError("bad")

    with pytest.raises(ValueError, match="bad"):
        view.run()
    assert page.status["failure"] is not None
    bad = False
    page.command("step")
    view._parts.hearing.drain()
    view._parts.runner.tick()
    assert view.frame_count == 1
    assert view.state == "paused"
    assert page.status["failure"] is None


def test_a_slow_loop_is_stopped_at_once() -> None:
    view = make_view(tick_rate=0.001)
    view.on_frame(lambda: threading.Timer(0.2, view.stop).start())  # a view that does not run yet ignores it
    begun = time.monotonic()
    view.run()
    assert time.monotonic() - begun < PATIENCE, "the next frame is due a thousand seconds later"


def test_a_pointer_that_closes_the_view_opens_nothing_again() -> None:
    view = make_view()
    canvas = view.panel("p").canvas("c").bind(torch.rand(32, 32, 3))
    canvas.on_pointer(lambda event: view.close())
    page = Page(view).open()

    @view.on_frame
    def frame() -> None:
        fields = {"stroke": 1, "button": "left", "buttons": ["left"], "wheel": 0.0, "modifiers": []}
        page.say("pointed", canvas=canvas.id, action="press", x=1.0, y=1.0, **fields)

    view.run(max_frames=10)
    assert view.state == "closed"
    assert view.frame_count == 1
    assert view._parts.pictures.renderer.name == ""
    assert view._parts.offscreen.renderer.name == ""


# --- who waits --------------------------------------------------------------------------------------------------------


def _tick(view: vultorch.View) -> None:
    """Runs the view with a ticker, as in a notebook."""
    view._parts.runner.start(0)


@pytest.mark.parametrize(
    ("before", "end", "state"),
    [
        (None, vultorch.View.stop, "stopped"),
        (vultorch.View.pause, vultorch.View.stop, "stopped"),
        (None, vultorch.View.close, "closed"),
        (vultorch.View.pause, vultorch.View.close, "closed"),
    ],
)
async def test_every_way_out_of_running_ends_who_waits(before: Any, end: Any, state: str) -> None:
    view = make_view(tick_rate=0.01)  # so that the end comes between two ticks
    view.on_frame(lambda: None)
    _tick(view)
    loop = asyncio.get_running_loop()
    if before is not None:
        loop.call_later(0.05, before, view)
    loop.call_later(0.2, end, view)
    with pytest.raises(RuntimeError, match=f"condition was met: the view is {state}"):
        await asyncio.wait_for(view.wait(frames=10**9), PATIENCE)
    view.close()


async def test_a_stop_from_another_thread_and_one_from_the_page_end_who_waits() -> None:
    for end in ("thread", "page"):
        view = make_view(tick_rate=0.01)
        view.on_frame(lambda: None)
        page = Page(view).open()
        _tick(view)
        act = view.stop if end == "thread" else partial(page.command, "stop")
        waits = asyncio.create_task(view.wait(frames=10**9))
        await turns()  # until it does: a view that has stopped is not waited for
        threading.Timer(0.2, act).start()
        with pytest.raises(RuntimeError, match="condition was met: the view is stopped"):
            await asyncio.wait_for(waits, PATIENCE)
        view.close()


async def test_who_waits_goes_on_waiting_through_a_pause() -> None:
    view = make_view()
    view.on_frame(lambda: None)
    _tick(view)
    loop = asyncio.get_running_loop()
    view.pause()
    loop.call_later(0.1, view.resume)
    await asyncio.wait_for(view.wait(frames=5), PATIENCE)
    view.close()


async def test_threads_that_pause_resume_and_stop_at_once_leave_a_view_that_does_what_its_state_says() -> None:
    view = make_view()
    view.on_frame(lambda: None)
    _tick(view)
    done = threading.Event()

    def restless(act: Any) -> None:
        while not done.is_set():
            act()

    acts = [view.pause, view.resume, view.stop, view.resume]
    threads = [threading.Thread(target=restless, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    await asyncio.sleep(0.5)
    done.set()
    for thread in threads:
        thread.join()
    await asyncio.sleep(0.05)
    frames = view.frame_count
    if view.state == "running":
        await until(lambda: view.frame_count > frames)
    else:
        await asyncio.sleep(0.2)  # in which frames would come
        assert view.frame_count == frames
    view.resume()
    await asyncio.wait_for(view.wait(frames=view.frame_count + 5), PATIENCE)
    closing = threading.Thread(target=restless, args=(view.resume,))
    done.clear()
    closing.start()
    view.close()
    frames = view.frame_count
    await asyncio.sleep(0.1)
    done.set()
    closing.join()
    assert (view.state, view.frame_count) == ("closed", frames)


# --- which view -------------------------------------------------------------------------------------------------------


def test_a_closed_view_takes_nothing_that_was_meant_for_the_one_before_it() -> None:
    first, second = make_view("first"), make_view("second")
    second.close()
    vultorch.show(torch.zeros(4, 4), name="late")
    assert list(first._parts.tree.panels) == ["late"]
    assert list(second._parts.tree.panels) == []
    with pytest.raises(RuntimeError, match=r"create_tensor\('tensor'\): view 'second' is closed; make a new one"):
        vultorch.create_tensor(4, 4, device="cpu", window=second)
    with pytest.raises(RuntimeError, match="show: view 'second' is closed"):
        vultorch.show(torch.zeros(4, 4), window=second)
    with pytest.raises(RuntimeError, match="closed"):
        _ = second.widget
    assert second._repr_mimebundle_() == {"text/plain": "<View 'second': closed, 0 frames>"}


async def test_waiting_for_what_has_come_returns_and_for_what_cannot_come_says_so() -> None:
    view = make_view()
    view.run(max_frames=3)
    await asyncio.wait_for(view.wait(frames=3), PATIENCE)
    with pytest.raises(RuntimeError, match=r"not running: call view\.run"):
        await view.wait(frames=4)
    view.close()
    await asyncio.wait_for(view.wait(frames=3), PATIENCE)
    with pytest.raises(RuntimeError, match="condition was met: the view is closed after 3 frames"):
        await view.wait(frames=4)


def test_tensors_are_float32_whatever_the_default_and_writable_outside_inference_mode() -> None:
    view = make_view()
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with torch.inference_mode():
            made = [vultorch.create_tensor(4, 4, channels, "cpu", window=view) for channels in (1, 3, 4)]
    finally:
        torch.set_default_dtype(before)
    for tensor in made:
        assert tensor.dtype == torch.float32
        tensor.fill_(1.0)


@pytest.mark.parametrize("backend", ["auto", "vulkan", "torch"])
def test_a_first_frame_in_inference_mode_is_like_any_other(backend: Any) -> None:
    view = make_view(backend=backend)
    tensor = torch.zeros(64, 64, 3, dtype=torch.uint8)
    canvas = view.panel("p").canvas("c").bind(tensor)
    page = Page(view).open((64, 64))
    with torch.inference_mode():
        for _ in range(3):
            view.step()
            view.end_step()
    tensor.fill_(7)
    view.tick_rate = 60
    view.run(max_frames=10)
    assert view._parts.tree.notices == []
    assert int(page.pixels(canvas.id).max()) == 7


def test_names_with_slashes_are_told_apart() -> None:
    view = make_view()
    one = view.panel("a").canvas("b/c").bind(torch.zeros(4, 4, 3))
    other = view.panel("a/b").canvas("c").bind(torch.ones(4, 4, 3))
    third = view.panel("a%2Fb").canvas("c")
    assert len({one.id, other.id, third.id}) == 3
    assert view.snapshot().convert("L").getextrema() == (0, 255)


def test_a_page_that_has_died_does_not_ask_for_large_pictures_any_more() -> None:
    view = make_view()
    tensor = torch.rand(200, 200, 3)
    canvas = view.panel("p").canvas("c").bind(tensor)
    page = Page(view, client="dead").open((200, 200))
    view.run(max_frames=1)
    page.client = "alive"
    page.open((20, 20))

    def is_small() -> bool:
        tensor.mul_(0.999)
        view.run(max_frames=1)
        page.report()
        return page.pixels(canvas.id).shape == (20, 20, 3)

    wait_until(is_small, "it is still sent what was for the other")


# --- the device, and processes ----------------------------------------------------------------------------------------


LOST = -4
"""VK_ERROR_DEVICE_LOST."""


class _Losing:
    """The Vulkan library, with a device that is lost once `lost` is True."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self.lost = False

    def __getattr__(self, name: str) -> Any:
        asking = ("vkQueueSubmit", "vkWaitSemaphores", "vkQueueWaitIdle", "vkGetSemaphoreCounterValue")
        return (lambda *_: LOST) if self.lost and name in asking else getattr(self._library, name)


def test_torch_takes_over_from_a_device_that_is_lost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sync = pytest.importorskip("vultorch_widget.render.vulkan.sync")
    library = _Losing(sync.vk.lib)
    monkeypatch.setattr(sync.vk, "lib", library)
    view = make_view(backend="vulkan")
    tensor = torch.zeros(8, 8, 3)
    canvas = view.panel("p").canvas("c").bind(tensor)
    page = Page(view).open((8, 8))
    view.on_frame(lambda: tensor.add_(0.001))
    view.run(max_frames=3)
    if "Vulkan" not in view.backend:
        pytest.skip(f"there is no Vulkan device: {view.backend}")
    library.lost = True
    canvas.save(tmp_path / "lost.png")
    view.run(max_frames=3)
    page.report()
    tensor.fill_(1.0)
    view.on_frame(page.report)
    view.tick_rate = 60
    view.run(max_frames=10)
    assert page.pixels(canvas.id).min() == 255
    assert len(view._parts.tree.notices) == 1
    assert "compositing with torch from here on" in view._parts.tree.notices[0]


FORKED = """
import os, sys, torch, vultorch_widget as vultorch
torch.set_num_threads(1)
view = vultorch.View("forked", headless=True, backend="vulkan")
canvas = view.panel("p").canvas("c").bind(torch.rand(64, 64, 3))
canvas.save("before.png")
kept = view._parts.exchange.folder.place("sent.txt")
kept.write_text("sent")
if os.fork() == 0:
    canvas.save("child.png")
    sys.exit(0)
os.wait()
assert kept.exists()
canvas.save("after.png")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_draws_with_torch_and_removes_nothing_of_its_parent_s(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKED], cwd=tmp_path, timeout=PATIENCE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["after.png", "before.png", "child.png"]
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1
