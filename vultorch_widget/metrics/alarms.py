"""Watches logged scalars for what a user wants to know at once: a non-finite loss, a plateau, a spike."""

from __future__ import annotations

import copy
import math
import operator
import re
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol, SupportsIndex, get_args

LOSS = re.compile("loss(es)?(?![a-z])")
"""The names that are watched by default, in lower case: ``train/loss``, ``val_loss``, ``bceLoss``, ``losses/ce``."""

PLATEAU_THRESHOLD = 1e-4
"""Fraction by which a value must beat the best one to count as better, as in torch's ``ReduceLROnPlateau``."""
SPIKE_WINDOW = 101
"""How many values a spike is compared with."""
SPIKE_LEAST = 20
"""How many values there must be before one can be a spike."""
MAD = 1.4826
"""Ratio of the standard deviation to the median absolute deviation in a normal distribution."""
LEAST_SPREAD = 1e-3
"""Minimum standard deviation assumed, as a share of the median: a constant series has none."""

BY = " · "
"""What comes between the name of a scalar and the run or rank that has logged it."""

Action = Literal["pause", "note"]


class Alarm(NamedTuple):
    """What is wrong with a scalar: its name ``series``, the ``step`` and ``value``, and a sentence ``text``."""

    series: str
    step: int
    value: float
    text: str


class Rule(Protocol):
    """Looks at the finite values of one scalar."""

    def look(self, step: int, value: float, average: float) -> str:
        """Takes a value and the moving average at ``step``. Returns what is wrong with it, or an empty text."""

    def clear(self) -> None:
        """Forgets the values, because a new run begins."""


class Plateau:
    """The moving average has not improved for ``steps`` steps, with "improved" as in torch's ``ReduceLROnPlateau``."""

    def __init__(self, steps: int, *, rising: bool = False) -> None:
        self._steps = steps
        self._sign = -1.0 if rising else 1.0
        self.clear()

    def clear(self) -> None:
        self._best = math.inf
        self._since = 0

    def look(self, step: int, value: float, average: float) -> str:  # noqa: ARG002 (see `Rule`)
        now = self._sign * average
        if now < self._best - PLATEAU_THRESHOLD * (abs(self._best) if self._best < math.inf else 0.0):
            self._best, self._since = now, step
        elif step - self._since >= self._steps:
            self._since = step  # the next alarm comes this many steps later
            better = "fallen below" if self._sign > 0 else "risen above"
            return (
                f"is on a plateau: its average has not {better} {self._sign * self._best:.4g} for {self._steps:,} steps"
            )
        return ""


class Spike:
    """A value is more than ``factor`` standard deviations above the median of the values before it.

    The deviation is estimated from the median absolute deviation, which spikes do not distort: the Hampel identifier
    (Davies and Gather, "The Identification of Multiple Outliers", 1993). Unlike a multiple of the median, it also suits
    losses below zero.
    """

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self.clear()

    def clear(self) -> None:
        self._values: deque[float] = deque()
        self._sorted: list[float] = []
        self._above = False

    def look(self, step: int, value: float, average: float) -> str:  # noqa: ARG002
        median = self._median()
        above = value > median and len(self._values) >= SPIKE_LEAST and value > self._most(median)
        began, self._above = above and not self._above, above
        self._values.append(value)
        insort(self._sorted, value)
        if len(self._values) > SPIKE_WINDOW:
            del self._sorted[bisect_left(self._sorted, self._values.popleft())]
        return f"jumped to {value:.4g}, from a median of {median:.4g}" if began else ""

    def _median(self) -> float:
        return self._sorted[len(self._sorted) // 2] if self._sorted else math.nan

    def _most(self, median: float) -> float:
        distances = sorted(abs(value - median) for value in self._sorted)
        spread = max(MAD * distances[len(distances) // 2], LEAST_SPREAD * abs(median))
        return median + self._factor * spread


class When:
    """A function supplied by the user finds something wrong."""

    def __init__(self, found: Callable[[int, float], object]) -> None:
        self._found = found

    def clear(self) -> None:
        """There is nothing to forget."""

    def look(self, step: int, value: float, average: float) -> str:  # noqa: ARG002
        found = self._found(step, value)
        if not found:
            return ""
        return found if isinstance(found, str) else f"is {value:.4g}, which raises an alarm"


def without_rank(name: str) -> str:
    """The name of a scalar as its program has logged it: "loss" for "loss · run 7 · rank 0"."""
    return name.split(BY, 1)[0] or name


def is_loss(name: str) -> bool:
    """Returns whether a scalar of this name is watched by default."""
    return LOSS.search(without_rank(name).lower()) is not None


class Watch:
    """The alarms of one scalar."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.finite = is_loss(name)
        self.rules: Sequence[Rule] = ()
        self.action: str | Callable[[Alarm], object] = "pause"
        self.fallen = False  # its last values were not finite, and the user has been told
        self.rising: bool | None = None  # whether higher is better, if the user has said so

    def ask(
        self,
        *,
        finite: bool,
        plateau: int | None,
        spike: float | None,
        when: Callable[[int, float], object] | None,
        mode: str,
        action: str | Callable[[Alarm], object],
    ) -> None:
        """Replaces all alarms; see `View.alarm`. If this raises, they stay as they were."""
        level = None if plateau is None else _steps(plateau)
        if spike is not None and (isinstance(spike, bool) or not isinstance(spike, (int, float)) or not spike > 0):
            raise ValueError(f"spike must be a number of standard deviations, above 0, not {spike!r}")
        if when is not None and not callable(when):
            raise TypeError(f"when must be a function of step and value, not {when!r}")
        if mode not in ("min", "max"):
            raise ValueError(f"mode must be 'min' or 'max', not {mode!r}")
        if not callable(action) and action not in get_args(Action):
            raise ValueError(f"action must be 'pause', 'note' or a function, not {action!r}")
        rules: list[Rule] = []
        if level is not None:
            rules.append(Plateau(level, rising=mode == "max"))
        if spike is not None:
            rules.append(Spike(spike))
        if when is not None:
            rules.append(When(when))
        self.finite, self.rules, self.action = finite, rules, action
        self.rising = mode == "max" if plateau is not None or mode == "max" else None

    def clear(self) -> None:
        """Forgets the values, because a new run begins."""
        self.fallen = False
        for rule in self.rules:
            rule.clear()


class KeptWatch(NamedTuple):
    """The state of a `Watch`."""

    fallen: bool
    rules: tuple[Rule, ...]


def _copied(rule: Rule) -> Rule:
    """A copy of ``rule`` with its own values. The user's functions are shared."""
    made = copy.copy(rule)
    seen = {name: copy.copy(value) for name, value in vars(rule).items() if isinstance(value, (list, deque))}
    vars(made).update(seen)
    return made


class Alarms:
    """All alarms of one view. Findings wait in ``found`` until `Metrics` has taken all values of a call."""

    def __init__(self) -> None:
        self.on = True
        self.found: list[tuple[Alarm, Watch]] = []
        self.ring: Callable[[Alarm, Watch], None] = lambda _alarm, _watch: None
        """Called with each alarm, on the thread that logs."""
        self.failed: Callable[[str, Exception], None] = lambda _what, _error: None
        """Called with whatever the user's function for a scalar has raised."""
        self.forgotten: Callable[[], None] = lambda: None
        """Called when a new run, or a branch, begins."""
        self._watches: dict[str, Watch] = {}

    @property
    def rising(self) -> dict[str, bool]:
        """Whether higher is better, for scalars where the user has said so."""
        return {name: watch.rising for name, watch in self._watches.items() if watch.rising is not None}

    def watch(self, name: str) -> Watch:
        """The alarms of this scalar, made on first use."""
        if name not in self._watches:
            self._watches[name] = Watch(name)
        return self._watches[name]

    def fell(self, watch: Watch, step: int, value: float, before: float) -> None:
        """Takes a ``value`` that is not finite. ``before`` is the previous value, NaN if there was none."""
        if math.isfinite(before):
            watch.fallen = False
        if watch.fallen or not watch.finite or not self.on:
            return
        watch.fallen = True
        what = "NaN" if math.isnan(value) else "infinite" if value > 0 else "minus infinity"
        self._find(watch, step, value, f"is {what}")

    def look(self, watch: Watch, step: int, value: float, average: float) -> None:
        """Takes a finite ``value`` of a scalar with rules."""
        for rule in watch.rules:
            try:
                wrong = rule.look(step, value, average)
            except Exception as error:  # the user's function must not end a training
                self.failed(f"The alarm of {watch.name!r}", error)
                continue
            if wrong:
                self._find(watch, step, value, wrong)

    def _find(self, watch: Watch, step: int, value: float, wrong: str) -> None:
        self.found.append((Alarm(watch.name, step, value, f"{watch.name} {wrong} (step {step:,})"), watch))

    def tell(self) -> None:
        """Raises an alarm for each finding. If one fails, as when warnings are errors, the others follow next time."""
        while self.found:
            self.ring(*self.found.pop(0))

    def clear(self) -> None:
        """Forgets all values, because a new run or branch begins. The rules stay."""
        self.found.clear()
        self.forgotten()
        for watch in self._watches.values():
            watch.clear()

    def kept(self) -> dict[str, KeptWatch]:
        """The state of all alarms, for `put_back`."""
        return {
            name: KeptWatch(watch.fallen, tuple(_copied(rule) for rule in watch.rules))
            for name, watch in self._watches.items()
        }

    def put_back(self, kept: Mapping[str, KeptWatch]) -> None:
        """Restores the state that `kept` returned."""
        self.found.clear()
        for name, watch in self._watches.items():
            before = kept.get(name)
            if before is None:
                watch.clear()
            else:
                watch.fallen, watch.rules = before.fallen, tuple(_copied(rule) for rule in before.rules)


def _steps(plateau: SupportsIndex) -> int:
    """``plateau``, an integer of any library, as an int. Raises ValueError unless it is 1 or more."""
    try:
        steps = 0 if isinstance(plateau, bool) else operator.index(plateau)
    except TypeError:
        steps = 0
    if steps < 1:
        raise ValueError(f"plateau must be a number of steps, 1 or more, not {plateau!r}")
    return steps
