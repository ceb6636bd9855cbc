"""The course of one training in somebody else's loop: its frames, what it logs and shows, its controls and its end.

A frame reaches from one batch to the next, in training and in validation. Pause waits between two frames. Whatever
cannot be shown or logged becomes a notice, because it must never end a training.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch

from ..basics.first_errors import FirstErrors
from ..tree.panel import Panel
from .aside import aside
from .host import Host
from .rate import Hooks, Rate

Show = Callable[[], Mapping[str, Any] | None]

PANEL = "training"
"""The panel with the progress and the learning rate."""

_log = logging.getLogger(__name__)


class Course:
    """What the callbacks of all frameworks have in common. Used by one thread at a time: that of the loop."""

    def __init__(self, host: Host[Course], show: Show | None, rate: Rate, every: int) -> None:
        self.stopped = False
        """True once Stop was pressed, or the view closed. The loop then ends by its own flag."""
        self.covered: Callable[[], Container[str]] = tuple
        """Names of scalars that a callback logs, so that no logger does."""
        self.hooks = Hooks(rate)
        self.rate = rate
        self._host = host
        self._show = show
        self._every = every
        self._model: torch.nn.Module | None = None
        self._around: Course | None = None  # the loop that this one runs in
        self._depth = 0  # loops within loops: a validation begun by a training is part of it
        self.run = 0
        """The number of outermost loops so far, by which a loop knows whether another has begun since."""
        self._offset: int | None = None  # added to steps, so that a second training continues where the first ended
        self._trains = False  # it is not only an evaluation
        self._began_at = 0  # the last step logged before
        self._last = -1, 0  # the framework's step that was logged last, and its offset
        self._since = 0  # steps since `show` was called; enough for the next call when a loop begins
        self._batch_step = 0
        self._fraction = 0.0
        self._text = ""
        self._errors = FirstErrors()

    # --- from begin to end -------------------------------------------------------------------------------------------

    @property
    def begun(self) -> bool:
        """True between `begin` and `end`."""
        return self._depth > 0

    def begin(self, model: torch.nn.Module | None = None) -> None:
        """A loop begins. Within another loop, it is part of that one."""
        if self._depth and not self.stopped and not self._host.in_frame:
            self.abandon()  # its cell has ended, but a traceback still refers to it
        self._depth += 1
        if self._depth == 1:
            self.run += 1
            self.stopped, self._offset, self._since, self._trains = False, None, self._every, False
            self._began_at = self._batch_step = self._host.iteration
            self._model = model
            self.advance(0.0, "")
            self._around = self._host.begin_loop(self)
            self._end_frame()
            self._step()

    def end(self) -> None:
        """The loop has ended, in whatever way."""
        if self._depth == 0:
            return
        self._depth -= 1
        if self._depth == 0:
            self._let_go()
            if self._around is None:  # otherwise the frame goes on in the outer loop
                self._end_frame()
            with self._noticed("The end of the training"):
                self._host.end_loop(self)

    def abandon(self) -> None:
        """Ends all loops after an exception."""
        self._depth = min(self._depth, 1)
        self.end()

    def lapse(self) -> None:
        """The cell of this loop was interrupted, and another loop of the view has begun: the frames are that one's."""
        self._depth = 0
        self._let_go()

    def _let_go(self) -> None:
        self.hooks.detach()
        self._model, self.covered = None, tuple

    # --- in between --------------------------------------------------------------------------------------------------

    def advance(self, fraction: float, text: str) -> None:
        """Reports progress to the page: a ``fraction`` of 0..1 and the text on the bar."""
        self._fraction, self._text = fraction, text

    def doing(self, progress: tuple[float, str]) -> None:
        """Reports progress of something beside the training, such as a validation: only the text changes."""
        self._text = progress[1]

    def batch_ended(self) -> None:
        """A batch of a plain loop is done. The loop's body may have logged it, at any step."""
        self._offset = 0
        self._batch_step = max(self._batch_step + 1, self._host.iteration)
        self.stepped(self._batch_step, {})

    def turn(self) -> bool:
        """Ends a frame and begins the next. Blocks while the view is paused. Returns False once it should end."""
        if self._depth and not self.stopped:
            self._end_frame()
            self._step()
        return not self.stopped

    def _end_frame(self) -> None:
        if not self._host.in_frame:
            return
        self._draw(self._text)
        try:
            self._host.end_step(self._raised)
        except Exception as error:  # the view has failed
            self._notice("A frame", error)
            self._host.carry_on()

    def _draw(self, text: str) -> None:
        """Calls the controls. An inner loop also has those of the outer one."""
        if self._around is not None:
            self._around._draw(text)
            return
        with self._noticed("The controls"):
            panel = self._panel()
            panel.progress(self._fraction, overlay=text)
            self.rate.draw(panel)

    def _panel(self) -> Panel:
        return self._host.panel(PANEL, side="left", width=0.24)

    def _step(self) -> None:
        with self._noticed("The view"):
            self.stopped = not self._host.step(self._raised)
            self.rate.take(self._panel())

    def stepped(
        self,
        step: int,
        scalars: Mapping[str, Any],
        around: Callable[[], AbstractContextManager[None]] = nullcontext,
        *,
        steps: int = 1,
    ) -> None:
        """``steps`` of the training are done: logs ``scalars`` and the rates that were used, and shows any pictures.

        The user's ``show``, if it is due, runs inside what ``around`` makes.
        """
        self.log({**scalars, **self.rate.log()}, step)
        self._since += steps
        if self._show is not None and self._since >= self._every:
            self._since = 0
            with around():
                self.show()

    def keep(self, scalars: Mapping[str, float], step: int) -> None:
        """Keeps values that belong in the history but not in the chart: epochs, durations, speeds."""
        with self._noticed("The history"):
            self._host.keep(scalars, step + (self._offset or 0))

    def note(self, text: str) -> None:
        """Writes a note into the chart, at the last step."""
        with self._noticed("A note"):
            self._host.note(text)

    def log(self, scalars: Mapping[str, Any], step: int) -> None:
        """Logs each of ``scalars`` separately, so that one that cannot be logged does not affect the others."""
        if self._offset is None:
            self._offset = self._offset_from(step)
        self._last = step, self._offset
        for name, value in scalars.items():
            with self._noticed(f"{name!r}"):
                self._host.log({name: value}, step + self._offset)

    def _offset_from(self, step: int) -> int:
        """The offset of a loop whose first step is ``step``."""
        last, offset = self._last
        if step == last and step + offset <= self._began_at:  # an evaluation of what was trained
            return offset
        if step >= self._began_at:
            return 0
        return self._began_at + (step == 0 and self._trains)  # its step 0 must not replace the last value before

    def show(self) -> None:
        """Calls the user's ``show``, and shows each picture that it returns in its own panel."""
        if self._show is None:
            return
        with self._noticed("What `show` returned"):
            with aside(self._model):
                shown = self._show()
            if shown is None:
                return
            if not isinstance(shown, Mapping):
                raise TypeError(f"show must return a dict of names and pictures, or None, not {type(shown).__name__}")
            for name, picture in shown.items():
                with self._noticed(f"Picture {name!r}"):
                    self._host.panel(name).canvas(name).bind(picture)

    def attach(self, optimizers: Iterable[torch.optim.Optimizer]) -> None:
        """The loop trains with ``optimizers``: lets the slider act on them."""
        self._trains = True
        for optimizer in optimizers:
            with self._noticed("The learning rate"):
                self.hooks.attach(optimizer, inner=self._around is not None)

    @contextmanager
    def _noticed(self, what: str) -> Iterator[None]:
        """Turns any exception inside into a notice."""
        try:
            yield
        except Exception as error:
            self._notice(what, error)

    def _raised(self, where: str, error: Exception) -> None:
        """A callback of the view has raised ``error``; ``where`` names it."""
        self._notice(where, error, "has failed")

    def _notice(self, what: str, error: Exception, fault: str = "cannot be shown") -> None:
        if not self._errors.first(error, of=what):
            return
        _log.warning("%s %s; the training goes on.", what, fault, exc_info=error)
        self._host.tell(f"{what} {fault}; the training goes on. {type(error).__name__}: {error}")
