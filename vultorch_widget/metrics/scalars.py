"""The logged scalars of a view, by name. Logging is cheap and never waits for a GPU."""

from __future__ import annotations

import itertools
import numbers
import operator
import reprlib
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsIndex

import numpy as np
import torch

from .alarms import Alarms, KeptWatch
from .bests import Best, Bests
from .ghosts import MOST_POINTS, Ghost, GhostRun, Ghosts, ghost
from .history import History, Points
from .patches import Cursor, patches
from .pending import Pending
from .record import Room, Series, Stretch
from .rulers import Rulers
from .timeline import Mark, MarkKind, Timeline

if TYPE_CHECKING:
    from .following import Followers

CAPACITY = 1024
"""Maximum points per scalar."""


class KeptMetrics(NamedTuple):
    """Everything logged up to a moment; see `Metrics.kept`."""

    iteration: int
    histories: Mapping[str, History]
    series: Mapping[str, Series]
    left: int
    marks: Mapping[MarkKind, list[Mark]]
    alarms: Mapping[str, KeptWatch]


class Metrics:
    """The logged scalars of a view.

    ``iteration`` is the last step, 0 before the first. Scalars on a GPU are copied there, in stream order, when logged,
    and read together by `fetch`. All others are read at once.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        if capacity < 2 or capacity % 2:
            raise ValueError(f"capacity must be an even number of points, 2 or more, not {capacity}")
        self.iteration = 0
        self._capacity = capacity
        self._generations = itertools.count().__next__
        self._histories: dict[str, History] = {}
        self._pending = Pending()
        self.record = Room()
        self.timeline = Timeline()
        self.ghosts = Ghosts()
        self.alarms = Alarms()
        self.rulers = Rulers(self.record)
        self.began = 0.0
        """When the run began, in seconds since the epoch; 0 before."""
        self._bests = Bests(self.record, self.alarms)
        self.followers: Followers | None = None
        """The loggers that follow, created with the first one."""

    def log(self, scalars: Mapping[str, Any], step: int | None = None) -> None:
        """Adds one value to each of ``scalars``: floats, ints, NumPy scalars, or tensors and arrays with one element.

        ``step`` applies to all of them; it defaults to ``iteration`` plus one. A value of the step that its scalar was
        last logged at replaces that value. If this raises, nothing is logged:

        - ValueError: a step below 0, beyond 2**53, or less than the last step of one of the scalars; an array with
          several elements.
        - TypeError: a bool, a complex number, or anything that is not a number; a name that is not a string.
        - RuntimeError: a scalar on a GPU while a CUDA graph is captured.
        """
        for name in scalars:
            if not isinstance(name, str):
                raise TypeError(f"the name of a scalar is a string, not {name!r}")
        at = self.iteration + 1 if step is None else self._check_step(step, scalars)
        pending = self._pending
        if len(scalars) > 1 or pending:  # check all before adding one
            scalars = {name: value if type(value) is float else scalar(name, value) for name, value in scalars.items()}
        for name, value in scalars.items():
            number = value if type(value) is float else scalar(name, value)
            history = self._histories.get(name)
            if history is None:
                history = self._new(name)
            if type(number) is float and not pending:
                history.append(at, number)
            else:
                pending.add(history, at, number)
        self.iteration = max(self.iteration, at)
        if self.alarms.found:
            self.alarms.tell()
        if self.followers is not None and self.followers.due():
            self.followers.give(final=False)

    def _new(self, name: str) -> History:
        history = self._histories[name] = History(self._capacity, self._generations, self.record.of(name))
        self.heed(name)
        return history

    def heed(self, name: str) -> None:
        """Lets the alarms of a scalar check its values. Call it when they have changed."""
        history = self._histories.get(name)
        if history is not None:
            alarms, watch = self.alarms, self.alarms.watch(name)
            history.fell = partial(alarms.fell, watch) if watch.finite else None
            history.look = partial(alarms.look, watch) if watch.rules else None

    def keep(self, scalars: Mapping[str, float], step: int) -> None:
        """Records values for `View.history` that do not belong in the chart, such as epochs and durations."""
        for name, value in scalars.items():
            self.record.of(name).add(step, float(value))

    def note(self, scalars: Mapping[str, float], step: int) -> None:
        """Adds the view's own values beside the user's: at ``step``, without counting as an iteration.

        A scalar that already has a value at this step or a later one gets none.
        """
        step = self.iteration or step
        for name, value in scalars.items():
            history = self._histories.get(name)
            if history is None:
                history = self._new(name)
            if self._pending.last_step(history) >= step:
                continue
            if self._pending:
                self._pending.add(history, step, value)
            else:
                history.append(step, value)

    def _check_step(self, step: SupportsIndex, scalars: Mapping[str, Any]) -> int:
        at = checked_step(step)
        for name in scalars:
            history = self._histories.get(name)
            if history is not None and (last := self._pending.last_step(history)) > at:
                raise ValueError(f"step of {name!r} must not go back from its last, {last}; got {at}")
        return at

    def fetch(self) -> None:
        """Reads all unread scalars from GPUs, in one transfer per device."""
        self._pending.fetch()
        if self.alarms.found:
            self.alarms.tell()

    def patches(self, cursors: dict[str, Cursor]) -> list[tuple[str, int, Points]]:
        """What a consumer lacks, by name; see `patches.patches`. A scalar removed by `clear` has no points."""
        self.fetch()
        return patches(self._histories, cursors)

    def best(self, name: str) -> Best | None:
        """The best value of a scalar, if one counts as best. Ignores values that wait on a GPU."""
        return self._bests.of(name)

    def bests(self) -> dict[str, Best]:
        """The best values of all scalars that have one, by name; see `best`."""
        return {name: best for name in self._histories if (best := self.best(name)) is not None}

    def begin(self, *, anew: bool = False) -> None:
        """Notes that the run begins now, unless it has begun; ``anew`` starts it over after a Reset."""
        if anew or not self.began:
            self.began = time.time()

    def keep_as_ghost(self, controls: Mapping[str, Any]) -> None:
        """Keeps the curves of the present run, which had these ``controls``, as an earlier run, if it has any.

        Values that wait on a GPU are left out, because reading them may fail.
        """
        charted = [(name, series) for name, series in self.record.series.items() if name in self._histories]
        if all(len(series.steps) < 2 for _, series in charted):
            return
        name = self.ghosts.next_name()
        self._add_earlier(
            name, controls, [ghost(name, one, series) for one, series in charted if len(series.steps) > 1]
        )

    def _add_earlier(self, name: str, controls: Mapping[str, Any], curves: Sequence[Ghost]) -> None:
        run = GhostRun(name, "run", self.began, controls, self.rulers.snapshot(MOST_POINTS))
        self.ghosts.add(run, curves)

    def leave(self, names: Iterable[str], step: int, controls: Mapping[str, Any], earlier: str) -> str:
        """Moves the values from ``step`` on out of the scalars ``names``, which then continue from there.

        They are kept as an earlier run, which had these ``controls``: as part of the run ``earlier``, if that is there
        and has none of these scalars. Returns its name. ``iteration`` becomes the last step that is left.
        """
        self.fetch()
        self.flush()
        curves: list[Ghost] = []
        for name in names:
            series = self.record.series.get(name)
            if series is None or name not in self._histories:
                continue
            whole = Stretch(series.steps, series.values, charted=True, dropped=series.dropped)
            left = whole.after(step - 1)
            if len(left.steps) > 1:
                curves.append(ghost(earlier, name, left))
            self._put(name, whole.until(step - 1))
        self._catch_up()
        before, self.iteration = self.iteration, max([0, *self.last_steps().values()])
        if curves and not self.ghosts.join(earlier, curves):
            earlier = self.ghosts.next_name()
            self._add_earlier(earlier, controls, [curve._replace(branch=earlier) for curve in curves])
        if self.iteration < before:
            self.timeline.cut(self.iteration)
            self.alarms.forgotten()
        return earlier

    def _put(self, name: str, stretch: Stretch) -> None:
        """Replaces the values of an existing scalar, which keeps its place among the others."""
        room = self.record
        room.left += len(room.series[name].steps)
        room.series[name] = Series(room)
        room.series[name].dropped = stretch.dropped
        self.alarms.watch(name).clear()
        history = self._new(name)
        for step, value in zip(stretch.steps, stretch.values, strict=True):
            history.append(step, value)
        self.alarms.found.clear()  # they are known already

    def latest(self, name: str) -> float | None:
        """The last value of a scalar, or None if none was logged."""
        self.fetch()
        history = self._histories.get(name)
        return None if history is None else history.last

    def read_so_far(self, most: int) -> list[tuple[str, int, float]]:
        """Name, value count and last value of the first ``most`` scalars, without unread values on a GPU."""
        return [
            (name, history.logged, history.last) for name, history in itertools.islice(self._histories.items(), most)
        ]

    def nonfinite(self) -> dict[str, int]:
        """How many values were NaN or infinite, for each scalar that had any. Does not wait for a GPU."""
        return {name: history.nonfinite for name, history in self._histories.items() if history.nonfinite}

    def last_steps(self) -> dict[str, int]:
        """The last step of every scalar, including values that wait on a GPU. Does not wait for it."""
        found = {name: series.steps[-1] for name, series in self.record.series.items() if series.steps}
        return found | {name: self._pending.last_step(history) for name, history in self._histories.items()}

    def stretches(self, after: Mapping[str, int]) -> dict[str, Stretch]:
        """Copies of all values logged after each scalar's step in ``after``."""
        self.fetch()
        found = {}
        for name, series in self.record.series.items():
            whole = Stretch(series.steps, series.values, name in self._histories)
            begin = after.get(name, -1)
            found[name] = whole.after(begin) if begin >= 0 else whole.after(-1)._replace(dropped=series.dropped)
        return found

    def replace(self, stretches: Iterable[tuple[str, Stretch]], iteration: int) -> None:
        """Replaces all values by these, with each scalar's in the order given, and the last step by ``iteration``."""
        self._forget()
        for name, stretch in stretches:
            if not len(stretch.steps):
                continue
            series = self.record.of(name)
            series.dropped += stretch.dropped
            history = self._histories.get(name)
            if history is None and stretch.charted:
                history = self._new(name)
            add = series.add if history is None else history.append
            for step, value in zip(stretch.steps, stretch.values, strict=True):
                add(step, value)
        self.alarms.found.clear()  # they are known already
        self._catch_up()
        self.iteration = iteration

    def kept(self) -> KeptMetrics:
        """A copy of everything, for `put_back`."""
        self.fetch()
        series = {name: series.copied() for name, series in self.record.series.items()}
        histories = {name: history.copied(series[name]) for name, history in self._histories.items()}
        marks, alarms = self.timeline.kept(), self.alarms.kept()
        return KeptMetrics(self.iteration, histories, series, self.record.left, marks, alarms)

    def put_back(self, kept: KeptMetrics) -> None:
        """Restores everything to the state at the call of `kept`, bit for bit. The loggers that follow are not told."""
        self._pending.clear()
        self.iteration = kept.iteration
        room = self.record
        room.series = {name: series.copied() for name, series in kept.series.items()}
        room.left = kept.left
        self._histories = {name: history.copied(room.series[name]) for name, history in kept.histories.items()}
        self.timeline.put_back(kept.marks)
        self.alarms.put_back(kept.alarms)
        for name in self._histories:
            self.heed(name)

    def clear(self) -> None:
        """Removes everything and resets ``iteration`` to 0."""
        self._forget()
        self.timeline.clear()

    def flush(self) -> None:
        """Writes everything logged to the loggers that follow, and waits for them."""
        if self.followers is not None:
            self.followers.flush()

    def _catch_up(self) -> None:
        if self.followers is not None:
            self.followers.catch_up()

    def _forget(self) -> None:
        if self.followers is not None:
            self.followers.flush()
        self.iteration = 0
        self._histories.clear()
        self.record.clear()
        self._catch_up()
        self._pending.clear()
        self.alarms.clear()


def checked_step(step: SupportsIndex) -> int:
    """Returns ``step``. Raises TypeError for anything but an integer, ValueError if it is below 0 or beyond 2**53."""
    try:
        at = operator.index(step)
    except TypeError as error:
        raise TypeError(f"step must be an integer, not {step!r}") from error
    if not 0 <= at <= 2**53:  # points are float64
        raise ValueError(f"step must be 0 or more, and not beyond 2**53; got {at}")
    return at


def scalar(name: str, value: Any) -> float | torch.Tensor:
    """``value`` as a float, or unchanged if it is on a GPU. Raises as `Metrics.log`, naming the scalar."""
    if isinstance(value, torch.Tensor):
        if value.numel() != 1:
            raise ValueError(f"{name!r} must be one number, not a tensor of shape {tuple(value.shape)}")
        if value.dtype is torch.bool or value.dtype.is_complex:
            raise TypeError(f"{name!r} must be a real number, not a tensor of {value.dtype}")
        if value.is_meta:
            raise ValueError(f"{name!r} must be a number; a tensor on the meta device holds none")
        if value.device.type == "cpu":
            return float(value.item())
        if value.is_cuda and torch.cuda.is_current_stream_capturing():
            raise RuntimeError(
                f"{name!r} was logged while a CUDA graph is captured, which would repeat it; log after replay()"
            )
        return value
    if isinstance(value, np.ndarray):
        if value.size != 1:
            raise ValueError(f"{name!r} must be one number, not an array of shape {value.shape}")
        value = value.reshape(())[()]
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name!r} must be a real number, not {type(value).__name__} {reprlib.repr(value)}")
    try:
        return float(value)
    except OverflowError as error:
        raise ValueError(f"{name!r} must be in a float's range, not {reprlib.repr(value)}") from error
