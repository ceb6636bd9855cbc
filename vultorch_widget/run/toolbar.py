"""What hands on a page make a run do: the commands of the toolbar, and what a pointer did on a canvas."""

from __future__ import annotations

from functools import partial

from ..notebook.interrupts import Interrupted
from ..protocol.messages import Command
from ..tree.canvas import Canvas
from ..tree.pointer import PointerEvent
from .callbacks import FrameError, call
from .runner import Runner

LEAST_RATE, MOST_RATE = 0.01, 10_000.0
"""Frames a second that a page may ask for, beside 0."""


class Toolbar:
    """Hands what pages ask for to ``runner``. On the owner's thread, apart from `heard`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def heard(self) -> None:
        """A page has said something. Any thread."""
        self._runner.wake()

    def obey(self, command: Command) -> None:
        """Does what the page asks for."""
        runner = self._runner
        orders = {
            "pause": runner.pause,
            "step": runner.step_once,
            "stop": runner.stop,
            "reset": runner.reset,
            "save": runner.saving.asked,
        }
        if command.name == "resume" and runner.standing.is_idle():
            runner.start(0)
        elif command.name == "resume":
            runner.resume()
        elif command.name in orders:
            orders[command.name]()
        else:
            # Between these a page offers none, and a timer could not be set for the next frame.
            runner.frames.tick_rate = min(MOST_RATE, max(LEAST_RATE, command.value)) if command.value > 0 else 0.0

    def point(self, canvas: Canvas, event: PointerEvent) -> None:
        """Has the program answer the pointer, but for one whose last answer was an exception."""
        callback = canvas.pointer.callback
        if callback is None or self._runner.standing.is_deaf():
            return
        try:
            with self._runner.output.here():
                call(f"on_pointer of canvas {canvas.name!r}", partial(callback, event))
        except FrameError as error:
            self._runner.fail(error)
        except Interrupted as interrupt:  # here, or what else the page said would be lost
            self._runner.fail(FrameError(interrupt.where, interrupt))
