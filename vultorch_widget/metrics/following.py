"""Loggers that follow a view: TensorBoard, W&B, MLflow, or any function. They never slow a step.

Each has its own thread, which reads what was logged from the view's record. If a logger is slow or stuck, nothing waits
for it and nothing is copied: the record is bounded, and the thread continues where it left off.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
import weakref
from bisect import bisect_right
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from .record import Room

_log = logging.getLogger(__name__)

Write = Callable[[int, Mapping[str, float]], object]
"""Writes the values of one step, by name."""

INTERVAL = 1.0
"""Seconds between two looks at what was logged."""
PATIENCE = 10.0
"""Maximum seconds that the end of a view, or of the interpreter, waits for a logger."""
W_AND_B_STEP = "view/step"
"""The metric for the x axis in W&B, whose own steps cannot go back; here each scalar has its own steps."""


def writer(logger: Any) -> Write:
    """Returns a function that writes to ``logger``, chosen by its methods; nothing is imported.

    Raises TypeError and ValueError.
    """
    if hasattr(logger, "add_scalar"):  # TensorBoard's SummaryWriter
        return lambda step, values: [logger.add_scalar(name, value, step) for name, value in values.items()]
    if hasattr(logger, "define_metric") and hasattr(logger, "log"):  # a run of W&B
        return _to_wandb(logger)
    if isinstance(logger, ModuleType) and hasattr(logger, "active_run"):  # MLflow
        run = logger.active_run()
        if run is None:
            raise ValueError("MLflow has no active run: call mlflow.start_run() before view.add_logger(mlflow)")
        identity = run.info.run_id  # each thread has its own active run
        return lambda step, values: logger.log_metrics(dict(values), step=step, run_id=identity)
    if callable(logger):
        return lambda step, values: logger(step, dict(values))
    raise TypeError(
        "a logger is TensorBoard's SummaryWriter, a run of W&B, the module mlflow, or a function of a step and a dict, "
        f"not {type(logger).__name__}"
    )


def _to_wandb(run: Any) -> Write:
    known: set[str] = set()

    def write(step: int, values: Mapping[str, float]) -> None:
        for name in values.keys() - known:
            run.define_metric(name, step_metric=W_AND_B_STEP)
            known.add(name)
        run.log({**values, W_AND_B_STEP: step})

    return write


class Follower:
    """One logger and its thread. If it raises, ``tell`` is called once with a sentence, on that thread."""

    def __init__(self, logger: Any, room: Room, tell: Callable[[str], None]) -> None:
        self.logger = logger
        self._write = writer(logger)
        self._room = room
        self._tell = tell
        self._taken: dict[str, int] = {}  # values of each scalar that were written, including dropped ones
        self._told = False
        self._work = threading.Condition()
        self._rows: dict[int, dict[str, float]] = {}
        self._thread = threading.Thread(target=self._run, name="vultorch_widget logger", daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        """True if its thread has written everything that it was given."""
        return not self._rows

    def give(self, *, final: bool) -> None:
        """Gives the thread what is new, unless it is busy. Each scalar's last value may still be replaced, at whatever
        step, so it waits unless it is ``final``.
        """
        if self._rows or not self._thread.is_alive():
            return
        rows: dict[int, dict[str, float]] = {}
        for name, series in self._room.series.items():
            end = len(series.steps)
            if end and not final:
                end -= 1
            begin = max(0, self._taken.get(name, 0) - series.dropped)
            self._taken[name] = max(self._taken.get(name, 0), series.dropped + end)
            for step, value in zip(series.steps[begin:end], series.values[begin:end], strict=True):
                rows.setdefault(step, {})[name] = value
        if rows:
            with self._work:
                self._rows = rows
                self._work.notify()

    def catch_up(self, until: Mapping[str, int] | None = None) -> None:
        """Treats what is recorded as written: all of it, or each scalar's values up to its step in ``until``."""
        self._taken = {
            name: series.dropped
            + (len(series.steps) if until is None else bisect_right(series.steps, until.get(name, -1)))
            for name, series in self._room.series.items()
        }

    def flush(self) -> None:
        """Writes everything, and waits for at most `PATIENCE` seconds."""
        deadline = time.monotonic() + PATIENCE
        for _ in range(2):  # what it is writing now, and then the rest
            with self._work:
                self._work.wait_for(lambda: not self._rows, max(0.0, deadline - time.monotonic()))
            self.give(final=True)
        with self._work:
            self._work.wait_for(lambda: not self._rows, max(0.0, deadline - time.monotonic()))

    def _run(self) -> None:
        while True:
            with self._work:
                self._work.wait_for(lambda: self._rows)
            try:
                for step in sorted(self._rows):
                    self._write(step, self._rows[step])
                if hasattr(self.logger, "add_scalar") and hasattr(self.logger, "flush"):
                    self.logger.flush()
            except Exception as error:
                if not self._told:
                    self._told = True
                    what = f"The logger {type(self.logger).__name__} has failed; the run goes on"
                    _log.warning("%s.", what, exc_info=error)
                    self._tell(f"{what}. {type(error).__name__}: {error}")
            finally:
                with self._work:
                    self._rows = {}
                    self._work.notify_all()


class Followers:
    """The loggers of one view. All methods run on the thread that logs."""

    def __init__(self, room: Room, fetch: Callable[[], None]) -> None:
        self._room = room
        self._fetch = fetch
        self._followers: list[Follower] = []
        self._due = 0.0

    @property
    def loggers(self) -> tuple[Any, ...]:
        """The loggers that were added."""
        return tuple(follower.logger for follower in self._followers)

    def add(self, logger: Any, tell: Callable[[str], None]) -> None:
        """Adds ``logger``, which also gets everything logged so far. Adding one again changes nothing."""
        if any(known is logger for known in self.loggers):
            return
        _all.add(self)
        self._followers.append(Follower(logger, self._room, tell))

    def due(self) -> bool:
        """Returns whether it is time to `give`."""
        return time.monotonic() >= self._due

    def give(self, *, final: bool) -> None:
        """Reads values that wait on a GPU, and gives what is new. Each scalar's last value waits unless it is
        ``final``.
        """
        self._due = time.monotonic() + INTERVAL
        self._fetch()
        for follower in self._followers:
            follower.give(final=final)

    def flush(self) -> None:
        """Writes everything, and waits for it."""
        self._fetch()
        for follower in self._followers:
            follower.flush()

    def catch_up(self, until: Mapping[str, int] | None = None) -> None:
        """The record was replaced by values that the loggers already have: all of it, or those up to each scalar's step
        in ``until``.
        """
        for follower in self._followers:
            follower.catch_up(until)


_all: weakref.WeakSet[Followers] = weakref.WeakSet()


@atexit.register
def _flush_all() -> None:
    for followers in list(_all):
        followers.flush()
