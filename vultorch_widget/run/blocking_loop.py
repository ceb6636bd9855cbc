"""Loops that block the thread: ``while view.step():`` in a cell, and `View.run` in a script."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import get_ident
from typing import NoReturn

from ..notebook.cell import after_cell
from ..notebook.pump import Pump
from ..pages.notices import Notices
from .callbacks import Told
from .opening import LOOK
from .runner import Runner

PAUSED_SLEEP = 0.01
"""Seconds between two checks of the inbox while paused."""
RATE_CHECK = 0.05
"""Seconds between two checks of the inbox while the next frame is not due."""


class BlockingLoop:
    """Runs the frames of a `Runner` one after another on the caller's thread."""

    def __init__(self, runner: Runner, notices: Notices) -> None:
        self._runner = runner
        self._pump = Pump(notices.tell)
        self._in_step = False
        self._begun = False  # a `step` loop is in progress
        self.in_cell = False  # it runs in a cell, and `_cell_ended` will be called
        self._next = 0.0  # when the last frame was due, or began if that was later

    def detach(self) -> None:
        """Stops receiving messages in a forked process."""
        self._pump.close()
        self.in_cell = self._begun = self._in_step = False

    def _refuse_callbacks(self, what: str) -> NoReturn:
        title = self._runner.session.tree.title
        raise RuntimeError(f"view {title!r}: {what} was called by a callback of the view, whose frames run already")

    def run(self, max_frames: int) -> None:
        """Runs frames until ``max_frames`` (0 means no end) or a stop.

        Raises what a callback raises, and RuntimeError when called by a callback.
        """
        runner = self._runner
        if runner.session.callbacks.running:
            self._refuse_callbacks("run()")
        runner.begin(max_frames)
        runner.looping = get_ident()
        try:
            while runner.standing.on_the_way:
                runner.tick()
                self._keep_rate(runner.hearing.drain)
        finally:
            runner.looping = 0
        self._begun = False
        if runner.standing.failed and runner.last_error is not None:
            raise runner.last_error

    def step(self, told: Told | None = None) -> bool:
        """Begins a frame and returns True, or returns False to end the loop. Blocks while paused.

        What callbacks of a page's events raise fails the view, unless somebody is ``told``; then it goes on.
        """
        runner = self._runner
        if runner.session.callbacks.running:
            self._refuse_callbacks("step()")
        runner.refuse_detour("step")
        if not self.in_cell and after_cell(self._cell_ended):
            self.in_cell = True
            self._begun = False  # the cell was run again
            self._pump.begin()
        if self._in_step:
            self.end_step(told)
        self._begin()
        runner.told = told
        self._keep_rate(self._listen)
        self._listen()
        while runner.opening.waiting and runner.standing.running and runner.opening.holds():
            time.sleep(LOOK)
            self._listen()
        while runner.standing.held and not runner.take_single():
            runner.showing.publish(resting=True)
            runner.save()
            time.sleep(PAUSED_SLEEP)
            self._listen()
        if runner.standing.over:
            return False
        self._in_step = True
        if runner.unsaid:
            runner.announce()
        runner.session.own_loop = True
        runner.session.begin_frame()
        return True

    def _begin(self) -> None:
        """Begins the run at the first step of a loop, and also after an error if no page is connected to resume it."""
        runner = self._runner
        anew = runner.standing.unbegun and not self._begun
        if anew or (runner.standing.failed and not runner.showing.attached):
            runner.begin(0)
        self._begun = True
        if get_ident() != runner.looping:
            runner.block()

    def end_step(self, told: Told | None = None) -> None:
        """Ends the frame that `step` began, if any: runs the callbacks and shows the result.

        Raises what a callback raises, unless somebody is ``told``; then the view goes on.
        """
        if not self._in_step:
            return
        self._in_step = False
        self._runner.told = told
        self._runner.finish_frame()
        if self._runner.standing.failed and self._runner.last_error is not None:
            raise self._runner.last_error

    def end(self) -> None:
        """Ends the run, because no further `step` follows and pages would still show it as running. The next one begins
        anew.
        """
        if self._in_step:
            self._in_step = False
            self._runner.session.abandon_frame()
        self._begun = False
        self._runner.rest()

    def _cell_ended(self) -> None:
        """Ends the run with its cell, also after an interrupt or a ``break``."""
        self.in_cell = False
        self.end()
        self._runner.save()  # tools that execute notebooks ignore the loop's last frames after this

    def _listen(self) -> None:
        self._pump()
        self._runner.hearing.drain()

    def _keep_rate(self, listen: Callable[[], None]) -> None:
        """Waits until the next frame is due, handling messages meanwhile, or until the state changes."""
        runner = self._runner
        standing = runner.standing
        state, due = standing.state, 0.0
        while standing.state == state:
            rate = runner.frames.tick_rate if standing.running else 1 / PAUSED_SLEEP
            due = self._next + 1 / rate if rate > 0 else 0.0
            left = due - time.monotonic()
            if left <= 0:
                break
            time.sleep(min(left, RATE_CHECK))
            listen()
        self._next = max(due, time.monotonic())
