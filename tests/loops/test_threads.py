"""A training in its own thread has the view to itself, and the event loop stays out."""

from __future__ import annotations

import asyncio
import threading

import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import until


async def test_the_thread_that_trains_has_the_view_and_gives_it_back() -> None:
    view = vultorch.View("thread")
    page = Page(view).open()
    applied: set[threading.Thread] = set()
    drain = view._parts.hearing.drain

    def noted() -> None:
        if view._parts.hearing.inbox:
            applied.add(threading.current_thread())
        drain()

    view._parts.hearing.drain = noted  # type: ignore[method-assign]

    def train() -> None:
        for _ in view.loop(range(10**9), show=lambda: {"picture": torch.rand(8, 8)}):
            pass

    worker = threading.Thread(target=train)
    worker.start()
    await until(lambda: view.frame_count > 20)
    applied.clear()  # the page may have opened before the thread had the view
    page.command("pause")
    await until(lambda: view.state == "paused")
    page.report()
    page.command("resume")
    await until(lambda: view.state == "running")
    page.report()
    page.command("stop")
    await until(lambda: not worker.is_alive())
    assert applied == {worker}
    assert view.state == "stopped"

    page.report()  # nobody is training: the loop applies it again
    await until(lambda: not view._parts.hearing.inbox)
    assert applied == {worker, threading.current_thread()}
    view.close()


async def test_a_thread_that_dies_in_its_loop_leaves_a_view_that_hears() -> None:
    view = vultorch.View("dead")
    page = Page(view).open()

    def train() -> None:
        view.step()
        view.end_step()

    worker = threading.Thread(target=train)
    worker.start()
    await until(lambda: not worker.is_alive())
    page.report()
    await until(lambda: not view._parts.hearing.inbox and view.state == "idle")
    view.close()


async def test_two_trainings_in_threads_one_after_another() -> None:
    view = vultorch.View("two")
    for _ in range(2):
        worker = threading.Thread(target=lambda: list(view.loop(range(5))))
        worker.start()
        await until(lambda worker=worker: not worker.is_alive())
        await asyncio.sleep(0)
        assert view.state == "idle"
    view.close()
