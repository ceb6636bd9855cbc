"""Carries out what users do in a page: toolbar commands, and pointer events on a canvas."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..notebook.interrupts import Interrupted
from ..protocol.messages import AnswerFutures, Command, Explore, Rewind
from ..tree.canvas import Canvas
from ..tree.pointer import PointerEvent
from .callbacks import FrameError, call
from .runner import Runner

if TYPE_CHECKING:
    from .futures import Futures

LEAST_RATE, MOST_RATE = 0.01, 10_000.0
"""Range of frames a second that a page may set, besides 0."""


class Toolbar:
    """Passes requests from pages to ``runner``. Runs on the owner's thread, except `heard`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.futures: Futures | None = None
        """The futures that were explored last."""

    def heard(self) -> None:
        """Wakes the runner for a new message. Any thread."""
        self._runner.wake()

    def obey(self, command: Command) -> None:
        """Carries out a command."""
        runner = self._runner
        orders = {
            "pause": runner.pause,
            "step": runner.step_once,
            "stop": runner.stop,
            "reset": runner.reset,
            "save": runner.saving.asked,
        }
        if command.name == "resume" and runner.standing.idle:
            runner.start(0)
        elif command.name == "resume":
            runner.resume()
        elif command.name in orders:
            orders[command.name]()
        else:
            # Pages offer no rate outside this range, for which no timer could be set.
            runner.frames.tick_rate = min(MOST_RATE, max(LEAST_RATE, command.value)) if command.value > 0 else 0.0

    def rewind(self, message: Rewind) -> None:
        """Goes back to a step. Failures become notices."""
        try:
            self._runner.rewind(message.step if message.step >= 0 else None, message.branch or None)
        except (RuntimeError, ValueError) as error:
            self._runner.session.tree.notices.append(f"The run could not go back: {error}")

    def explore(self, message: Explore | AnswerFutures) -> None:
        """Explores futures, or does what the user wants with them. Failures are reported to the page."""
        from .combinations import heard_trials  # noqa: PLC0415 (most views explore nothing)
        from .futures import explore  # noqa: PLC0415

        runner = self._runner
        try:
            if isinstance(message, Explore):
                asked = [(trial.panel, trial.control, trial.values) for trial in message.trials]
                tree = runner.session.tree
                self.futures = explore(runner, lambda: heard_trials(tree, asked), message.steps)
                self.futures.start()
            elif self.futures is not None:
                self.futures.answer(message.run, message.answer, message.future)
        except Exception as error:  # including errors of the user's objects, whose state is copied
            runner.showing.futures.refuse(message.client, str(error))
            runner.wake()

    def point(self, canvas: Canvas, event: PointerEvent) -> None:
        """Runs the pointer callback, unless the view has failed or is closed."""
        callback = canvas.pointer.callback
        if callback is None or self._runner.standing.deaf:
            return
        try:
            with self._runner.output.here():
                call(f"on_pointer of canvas {canvas.name!r}", partial(callback, event))
        except FrameError as error:
            self._runner.takes(error)
        except Interrupted as interrupt:  # caught here, or the remaining messages would be lost
            self._runner.fail(FrameError(interrupt.where, interrupt))
