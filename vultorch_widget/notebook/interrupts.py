"""Lets an interrupt of the kernel stop a callback that a ticker runs. Jupyter's interrupt is SIGINT to the main thread.

Between cells ipykernel ignores the signal. While a cell awaits something, it only notifies the event loop, which a
callback that does not return keeps busy. So a `Handler` replaces ipykernel's while callbacks run there:

- If no cell is running, every running view pauses, and the current callback is interrupted.
- If a cell awaits something, the interrupt is the cell's, and a wait for a view ends with one line. The callback is
  interrupted instead if it has run for unusually long, or if an interrupt already came during the same call.

Only user code is interrupted. In our code an exception could leave a lock or a half-made frame behind, so it is raised
when our code returns to the user's. The call stack tells the two apart, so a frame costs next to nothing: checking that
the handler is in place takes 30 ns.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

from .cell import before_cells, in_kernel, running_loop

LONG_FRAME = 0.5
"""Seconds. An interrupt is the callback's, even if a cell waits, once the call has taken longer than this and also
longer than `UNUSUAL` times the longest call so far."""
UNUSUAL = 2.0

_getsignal: Callable[[int], Any] = import_module(
    "_signal"
).getsignal  # `signal.getsignal` builds an enum, which takes 6 µs

_PACKAGE = str(Path(__file__).parents[1]) + os.sep
_TRAINING = f"{_PACKAGE}training{os.sep}"  # the ready-made training counts as user code


class Interrupted(KeyboardInterrupt):
    """An interrupt that was for a callback; ``where`` names it."""

    where = ""


Interrupted.__module__ = "builtins"  # tracebacks then show the bare name


class Interrupts:
    """The listeners for interrupts. `INTERRUPTS` is the only instance."""

    def __init__(self) -> None:
        self.runs: tuple[Callable[[], None], ...] = ()  # each pauses a view, on its loop
        self.waits: tuple[Callable[[], None], ...] = ()  # each ends a cell's wait, on its loop
        self.begun = 0.0  # when the current callback was called
        self._longest = 0.0
        self._heard_in = -1.0  # `begun` of the last call during which an interrupt came
        self._no_more_cells: Callable[[], None] | None = None  # stops calling `install` as each cell begins

    def call(self, callback: Callable[[], object]) -> None:
        """Calls user code so that an interrupt can stop it. May raise `Interrupted`."""
        if type(_getsignal(signal.SIGINT)) is not Handler:
            install()
        begun = self.begun = time.monotonic()
        users_code(callback)
        self._longest = max(self._longest, time.monotonic() - begun)

    def overdue(self) -> bool:
        """Whether an interrupt now is for the current callback, although a cell waits."""
        took = time.monotonic() - self.begun
        again = self._heard_in == self.begun
        self._heard_in = self.begun
        return again or took > max(LONG_FRAME, UNUSUAL * self._longest)

    def hear(self, pause: Callable[[], None]) -> None:
        """Calls ``pause``, in the signal handler, when an interrupt comes while no cell is running."""
        self.runs = (*self.runs, pause)  # a new tuple: the handler may be reading the old one
        install()  # now and as each cell begins, so that no interrupt before its wait is missed
        if self._no_more_cells is None:
            self._no_more_cells = before_cells(install)

    def leave(self, pause: Callable[[], None]) -> None:
        """Undoes `hear`."""
        self.runs = tuple(run for run in self.runs if run != pause)
        if not self.runs and self._no_more_cells is not None:
            self._no_more_cells()
            self._no_more_cells = None

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """Calls ``end``, in the signal handler, when an interrupt is for the cell."""
        self.waits = (*self.waits, end)
        install()
        try:
            yield
        finally:
            self.waits = tuple(wait for wait in self.waits if wait != end)

    def cancelled_cell(self) -> bool:
        """Whether an interrupt came before the cell waited, so that the kernel cancels its wait. Calling this forgets
        it.
        """
        handler = _getsignal(signal.SIGINT)
        if not isinstance(handler, Handler):
            return False
        cancelled, handler.cancels = handler.cancels, False
        return cancelled


INTERRUPTS = Interrupts()


class Handler:
    """The handler of SIGINT. ``before`` is the handler it replaced, of a cell that awaits something; None between
    cells.
    """

    def __init__(self, before: Callable[[int, FrameType | None], object] | None) -> None:
        self._before = before
        self.cancels = False  # whether ``before`` was called, which cancels what the cell awaits

    def __call__(self, number: int, frame: FrameType | None) -> None:
        place = _place(frame)
        if self._before is None:
            for pause in INTERRUPTS.runs:
                pause()
        elif place == "" or not INTERRUPTS.overdue():
            for end in INTERRUPTS.waits:
                end()
            if not INTERRUPTS.waits:
                self.cancels = True
                self._before(number, frame)
            return
        if place == "users":
            raise Interrupted
        if place == "ours":
            _raise_on_return()


def install() -> None:
    """Replaces the kernel's handler by a `Handler`. The kernel restores its own when the running cell has ended.

    Does nothing outside a kernel's main loop, and in a cell that blocks its thread: an interrupt raises there anyway.
    """
    current = _getsignal(signal.SIGINT)
    if type(current) is Handler or current in (signal.default_int_handler, signal.SIG_DFL, None):
        return
    if threading.current_thread() is threading.main_thread() and in_kernel() and running_loop() is not None:
        signal.signal(signal.SIGINT, Handler(current if callable(current) else None))


def users_code(callback: Callable[[], object]) -> None:
    """Marks on the stack that everything above it is user code."""
    callback()


def _place(frame: FrameType | None) -> str:
    """Whose code ``frame`` is: ``"users"``, ``"ours"`` if a callback has called us, or ``""`` outside callbacks."""
    place = "users"
    while frame is not None:
        if frame.f_code is users_code.__code__:
            return place
        if _is_ours(frame):
            place = "ours"
        frame = frame.f_back
    return ""


def _is_ours(frame: FrameType) -> bool:
    name = frame.f_code.co_filename
    return name.startswith(_PACKAGE) and not name.startswith(_TRAINING)


def _raise_on_return() -> None:
    """Raises `Interrupted` when our code returns to the callback that called it. A profile function sees returns."""
    before = sys.getprofile()

    def profile(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and _is_ours(frame) and (ends(frame) or _place(frame.f_back) == "users"):
            sys.setprofile(before)
            raise Interrupted

    def ends(frame: FrameType) -> bool:
        return frame.f_code is users_code.__code__

    sys.setprofile(profile)
