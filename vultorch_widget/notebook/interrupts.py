"""Interrupting the kernel interrupts what a ticker runs. Jupyter's interrupt is SIGINT to the main thread.

Between cells ipykernel ignores the signal, and while a cell awaits something it only tells the event loop, which a
callback that does not return keeps busy. So a `Handler` takes the signal's place while callbacks are called there:

- Where no cell runs, every running view pauses, and the callback that runs is interrupted.
- Where a cell awaits something the interrupt is the cell's. But a callback that has run for unusually long is
  interrupted in its place, and so is one in which an interrupt was heard before.

Only user code is interrupted. In ours it could leave a lock or a half-made frame behind, so there the exception waits
until our code returns to the user's. Both are told apart by the stack, so that a frame costs next to nothing: the
question whether the handler is in place takes 30 ns.
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

from .cell import in_kernel, running_loop

LONG_FRAME = 0.5
"""Seconds of user code, and
`UNUSUAL` times the longest call so far, after which an interrupt is the callback's although a cell waits."""
UNUSUAL = 2.0

_getsignal: Callable[[int], Any] = import_module("_signal").getsignal  # that of `signal` makes an enumeration, in 6 µs

_PACKAGE = str(Path(__file__).parents[1]) + os.sep
_TRAINING = f"{_PACKAGE}training{os.sep}"  # the ready-made training: a callback like a user's


class Interrupted(KeyboardInterrupt):
    """An interrupt that was for a callback; ``where`` names it."""

    where = ""


Interrupted.__module__ = "builtins"  # so that a traceback says it in one word


class Interrupts:
    """Who hears of interrupts. There is one, `INTERRUPTS`."""

    def __init__(self) -> None:
        self.runs: tuple[Callable[[], None], ...] = ()  # what pauses a view, on its loop
        self.waits: tuple[Callable[[], None], ...] = ()  # what ends the waiting of a cell, on its loop
        self.begun = 0.0  # when the callback that runs was called
        self._longest = 0.0
        self._heard_in = -1.0  # `begun` of the callback in which an interrupt was heard

    def call(self, callback: Callable[[], object]) -> None:
        """Calls user code, with an ear for interrupts. May raise `Interrupted`."""
        if type(_getsignal(signal.SIGINT)) is not Handler:
            install()
        begun = self.begun = time.monotonic()
        users_code(callback)
        self._longest = max(self._longest, time.monotonic() - begun)

    def overdue(self) -> bool:
        """Whether an interrupt that comes now is for the callback that runs, though a cell waits."""
        took = time.monotonic() - self.begun
        again = self._heard_in == self.begun
        self._heard_in = self.begun
        return again or took > max(LONG_FRAME, UNUSUAL * self._longest)

    def hear(self, pause: Callable[[], None]) -> None:
        """Has ``pause`` called, in the signal's handler, when an interrupt comes and no cell runs."""
        self.runs = (*self.runs, pause)  # whole: the handler may be reading

    def leave(self, pause: Callable[[], None]) -> None:
        """Ends what `hear` began."""
        self.runs = tuple(run for run in self.runs if run != pause)

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """Has ``end`` called, in the signal's handler, when an interrupt comes that is for the cell."""
        self.waits = (*self.waits, end)
        install()
        try:
            yield
        finally:
            self.waits = tuple(wait for wait in self.waits if wait != end)


INTERRUPTS = Interrupts()


class Handler:
    """What SIGINT calls, in place of ``before``: that of a cell which awaits something; None where no cell runs."""

    def __init__(self, before: Callable[[int, FrameType | None], object] | None) -> None:
        self._before = before

    def __call__(self, number: int, frame: FrameType | None) -> None:
        place = _place(frame)
        if self._before is None:
            for pause in INTERRUPTS.runs:
                pause()
        elif place == "" or not INTERRUPTS.overdue():
            for end in INTERRUPTS.waits:
                end()
            if not INTERRUPTS.waits:
                self._before(number, frame)
            return
        if place == "users":
            raise Interrupted
        if place == "ours":
            _raise_on_return()


def install() -> None:
    """Puts a `Handler` in the place of the kernel's, which puts its own back when the cell that runs has ended.

    Does nothing outside of a kernel's main loop, and in a cell that keeps the thread: there an interrupt raises anyway.
    """
    current = _getsignal(signal.SIGINT)
    if type(current) is Handler or current in (signal.default_int_handler, signal.SIG_DFL, None):
        return
    if threading.current_thread() is threading.main_thread() and in_kernel() and running_loop() is not None:
        signal.signal(signal.SIGINT, Handler(current if callable(current) else None))


def users_code(callback: Callable[[], object]) -> None:
    """What this calls is user code: the stack says so."""
    callback()


def _place(frame: FrameType | None) -> str:
    """Whose code ``frame`` is: ``"users"``, ``"ours"`` where a callback has called us, ``""`` outside of callbacks."""
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
    """Raises `Interrupted` where our code returns to the callback that called it. The interpreter tells of returns."""
    before = sys.getprofile()

    def profile(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and _is_ours(frame) and (ends(frame) or _place(frame.f_back) == "users"):
            sys.setprofile(before)
            raise Interrupted

    def ends(frame: FrameType) -> bool:
        return frame.f_code is users_code.__code__

    sys.setprofile(profile)
