"""Measures a network while it trains, at steps that are due, within a budget of the training's time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary, ref

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from torch.utils.hooks import RemovableHandle

from ..basics.budget import Budget
from ..basics.observers import observer
from ..controls.network import EMPTY, Report
from ..protocol.controls import NetworkRow, NetworkStrips
from .activations import Activations
from .bins import BINS
from .layers import Layer, layers
from .reading import Numbers, Reading
from .sampling import readable, sampled
from .strips import Strips
from .verdict import judged, not_finite

SHARE = 0.02
"""Maximum share of the training's time for measuring."""
INTERVAL = 0.5
"""Minimum seconds between two measurements."""
SILENCE = 2.0
LEAST_UNSEEN = 50
"""Seconds and steps of the run without an optimiser step, after which parameters are read between frames."""
MOST_ROWS = 32
"""Maximum number of layers that pages get: those that look worst."""
UNSEEN = "No step of a torch.optim optimiser with these parameters has been seen yet."
BETWEEN = (
    "The steps are not taken by a torch.optim optimiser that can be seen, as in a CUDA graph or a compiled step. "
    "Weights, and gradients if there are any, are read between frames."
)


class _Steps:
    """The steps of one optimiser."""

    def __init__(self, groups: int, concerned: bool) -> None:
        self.groups = groups
        self.concerned = concerned  # it holds parameters of the model
        self.count = 0
        self.measured: int | None = None  # its step count when it was last measured
        self.waits = False  # it was due while another optimiser was measured


class _Cycle:
    """One measurement of a step of ``steps``, or of whichever optimiser steps first. It begins as the previous step
    ends.
    """

    def __init__(self, activations: Activations, steps: _Steps | None) -> None:
        self.activations = activations
        self.steps = steps
        self.layers: list[Layer] = []
        self.before: dict[str, list[torch.Tensor]] = {}


class Watching:
    """Watches one model. All methods run on the thread that trains.

    Steps are counted by hooks of torch's optimisers. Modules have hooks only from the step before a measurement until
    it ends, so other steps cost one call. The model is not kept alive.

    Args:
        model: The model.
        every: Steps from one measurement to the next, 1 or more, if they stay within ``share``.
        step: Returns the step of the run.
        tell: Shows a notice.
        share: Share of the time that measuring may take.
        interval: Minimum seconds between two measurements.

    """

    def __init__(
        self,
        model: torch.nn.Module,
        every: int,
        step: Callable[[], int],
        tell: Callable[[str], None],
        *,
        share: float = SHARE,
        interval: float = INTERVAL,
    ) -> None:
        self.every = every
        self._model = ref(model)
        self._step = step
        self._tell = tell
        self._share, self._interval = share, interval
        self._budget = Budget(share, 0.1)
        self._optimizers: WeakKeyDictionary[torch.optim.Optimizer, _Steps] = WeakKeyDictionary()
        self._cycle: _Cycle | None = None
        self._reading: Reading | None = None
        self._took = 0.0  # seconds used by the current measurement
        self._begun = time.monotonic()
        self._last = -math.inf  # when it was last measured
        self._spacing = 0  # steps between the last two measurements of an optimiser
        self._counted = 0  # steps of optimisers
        self._heard = 0, self._begun, 0  # `_counted` when it last changed, when that was, and the step of the run
        self._warm = False
        self._charged = 0.0  # seconds, as the budget counts them
        self._numbers: list[Numbers] = []
        self._at = 0
        self._lost: dict[str, tuple[int, float]] = {}  # layers that are not finite: the step, and the order among them
        self._strips = Strips()
        self._report: Report = {**EMPTY, "note": UNSEEN}
        self._stale = False
        self._ended = False
        self._pre: RemovableHandle | None = None
        self._post: RemovableHandle | None = register_optimizer_step_post_hook(self._stepped)
        self._guarded(lambda: self._arm(None))

    def watches(self, model: torch.nn.Module, every: int) -> bool:
        """Whether this already watches as requested."""
        return not self._ended and self._post is not None and self._model() is model and self.every == every

    def close(self) -> None:
        """Removes all hooks. What was measured stays."""
        self._disarm()
        if self._post is not None:
            self._post.remove()
            self._post = None

    def _end(self) -> None:
        """Ends from within a hook. The optimisers' hooks are removed with the next report, because torch may be calling
        them now.
        """
        self._ended = True
        if self._cycle is not None:
            self._cycle.activations.remove()
            self._cycle = None

    # --- hooks -------------------------------------------------------------------------------------------------------

    @observer
    def _stepped(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:  # noqa: ARG002 (torch's)
        if self._ended:
            return
        steps = self._optimizers.get(optimizer)
        if steps is None or steps.groups != len(optimizer.param_groups):
            steps = self._meet(optimizer, steps)
        if not steps.concerned or not readable():
            return
        steps.count += 1
        self._counted += 1
        cycle = self._cycle
        if cycle is not None and cycle.before and cycle.steps is steps:
            self._guarded(lambda: self._finish(cycle, steps))
        if not self._ended and (steps.waits or steps.count % self.every == 0):
            self._guarded(lambda: self._arm_if_due(steps))

    def _meet(self, optimizer: torch.optim.Optimizer, known: _Steps | None) -> _Steps:
        model = self._model()
        ours = set() if model is None else {id(parameter) for parameter in model.parameters()}
        concerned = any(id(each) in ours for group in optimizer.param_groups for each in group["params"])
        if known is None:
            known = self._optimizers[optimizer] = _Steps(0, concerned)
            known.waits = concerned and self._counted > 0
        known.groups, known.concerned = len(optimizer.param_groups), concerned
        return known

    @observer
    def _before_step(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:  # noqa: ARG002 (torch's)
        cycle = self._cycle
        if cycle is None or not readable():
            return
        steps = self._optimizers.get(optimizer) or self._meet(optimizer, None)
        if steps.concerned and cycle.steps in (None, steps):
            cycle.steps = steps
            self._guarded(lambda: self._remember(cycle, optimizer))

    def _arm_if_due(self, steps: _Steps) -> None:
        self._collect()
        if self._cycle is not None:
            steps.waits = self._cycle.steps is not steps
        elif self._reading is None and time.monotonic() >= max(self._budget.due, self._last + self._interval):
            self._arm(steps)

    def _arm(self, steps: _Steps | None) -> None:
        """Arranges for the next step to be measured."""
        model = self._model()
        if model is None:
            self._end()
            return
        if steps is not None:
            steps.waits = False
        with self._timed():
            self._cycle = _Cycle(Activations(model, layers(model), self._guarded_timed), steps)
            self._pre = register_optimizer_step_pre_hook(self._before_step)

    def _disarm(self) -> None:
        if self._cycle is not None:
            self._cycle.activations.remove()
            self._cycle = None
        if self._pre is not None:
            self._pre.remove()
            self._pre = None

    def _remember(self, cycle: _Cycle, optimizer: torch.optim.Optimizer) -> None:
        """Keeps the weights before the step. Gradients are read after it, because a closure may compute them within."""
        model = self._model()
        if model is None:
            return
        with self._timed(), torch.no_grad():
            held = {id(each) for group in optimizer.param_groups for each in group["params"]}
            cycle.layers = layers(model)
            cycle.before = {
                layer.name: [sampled(each) for each in layer.parameters]
                for layer in cycle.layers
                if any(id(each) in held for each in layer.parameters)
            }

    def _finish(self, cycle: _Cycle, steps: _Steps) -> None:
        self._disarm()
        with self._timed():
            # Also shows layers that no optimiser changes.
            others = {numbers.name for numbers in self._numbers if numbers.stepped}
            concerned = [layer for layer in cycle.layers if layer.name in cycle.before or layer.name not in others]
            self._reading = Reading(self._step(), concerned, cycle.activations.seen, cycle.before)
        self._spacing = 0 if steps.measured is None else steps.count - steps.measured
        steps.measured = steps.count
        self._last = time.monotonic()
        self._collect()

    # --- results -----------------------------------------------------------------------------------------------------

    def _collect(self, *, wait: bool = False) -> None:
        reading = self._reading
        if reading is None or not (wait or reading.ready):
            return
        self._reading = None
        with self._timed():
            found = {numbers.name: numbers for numbers in reading.numbers()}
            present = {layer.name: layer.at for layer in layers(model)} if (model := self._model()) is not None else {}
        took, self._took = max(self._took, reading.device_seconds), 0.0
        # On a GPU the first measurement loads kernels, so its time says nothing about the others.
        self._budget.spend(took if self._warm or not reading.on_gpu else 0.0, time.monotonic())
        self._charged += self._budget.usual
        self._warm = True
        known = {numbers.name: numbers for numbers in self._numbers if numbers.name in present}
        self._numbers = sorted({**known, **found}.values())
        self._at = reading.step
        self._find_lost()
        self._strips.add(reading.step, {numbers.name: numbers.columns for numbers in self._numbers})
        self._stale = True

    def _find_lost(self) -> None:
        """Remembers where values first stopped being finite: one NaN soon spreads everywhere, and only its origin
        helps.

        Outputs become NaN from the faulty layer on, in model order; gradients become NaN everywhere.
        """
        lost = {numbers.name: quantities for numbers in self._numbers if (quantities := not_finite(numbers))}
        self._lost = {name: since for name, since in self._lost.items() if name in lost and since[0] <= self._at}
        new = sorted((name for name in lost if name not in self._lost), key=lambda name: "outputs" not in lost[name])
        self._lost |= {name: (self._at, len(self._lost) + place) for place, name in enumerate(new)}

    def report(self) -> Report:
        """What a page shows. Returns the same object while nothing is new."""
        self._guarded(self._look)
        if self._ended:
            self.close()
        if self._stale:
            self._stale = False
            self._guarded(self._make)
        return self._report

    def _look(self) -> None:
        self._collect()
        now, step = time.monotonic(), self._step()
        counted, at, since = self._heard
        if self._counted != counted or step < since:
            self._heard = self._counted, now, step
            return
        rare = max(self.every, LEAST_UNSEEN)
        if self._post is None or now - at < SILENCE or step - since < 2 * rare or self._reading is not None:
            return
        if now >= max(self._budget.due, self._last + self._interval):
            self._between(step)
            self._heard = counted, at, step - rare

    def _between(self, step: int) -> None:
        """Reads weights and gradients between steps."""
        model = self._model()
        if model is None:
            self.close()
            return
        self._disarm()
        self._spacing, self._last = -1, time.monotonic()
        with self._timed():
            self._reading = Reading(step, layers(model), {}, {})
        self._collect()

    def _make(self) -> None:
        begun = time.perf_counter()
        verdicts = judged(self._numbers, self._lost)
        pairs = list(zip(self._numbers, verdicts, strict=True))
        pairs.sort(key=lambda pair: (-pair[1].level, -pair[1].score, pair[0].at))
        shown = pairs[:MOST_ROWS]
        strips = [(numbers, self._strips.of(numbers.name)) for numbers, _ in shown]
        self._report = {
            "step": self._at,
            "note": self._note(),
            "layers": len(pairs),
            "unwell": sum(verdict.level > 0 for verdict in verdicts),
            "rows": tuple(_row(numbers, verdict.level, verdict.why) for numbers, verdict in shown),
            "steps": self._strips.steps,
            "bins": BINS,
            "strips": tuple(
                NetworkStrips(at=numbers.at, about=numbers.about, weights=w, gradients=g, activations=a)
                for numbers, (w, g, a) in strips
            ),
        }
        self._took += time.perf_counter() - begun

    def _note(self) -> str:
        if self._spacing < 0:
            return BETWEEN
        passed = time.monotonic() - self._begun
        share = self._charged / passed if passed > 0 else 0.0
        often = f"Every {self.every:,} steps" if self.every > 1 else "Every step"
        if self._spacing > self.every:
            rare = self._budget.due <= self._last + self._interval
            why = (
                "at most twice a second"
                if rare
                else f"to {'stay' if share < self._share else 'get'} under {self._share:.0%}"
            )
            often += f", thinned to {self._spacing:,} {why}"
        return f"{often}. Takes {100 * share:.1f}% of the training's time."

    # --- cost and errors ---------------------------------------------------------------------------------------------

    @contextmanager
    def _timed(self) -> Iterator[None]:
        # On a busy machine other programs take most of the elapsed time.
        begun, worked = time.perf_counter(), time.thread_time()
        yield
        self._took += min(time.perf_counter() - begun, time.thread_time() - worked)

    def _guarded_timed(self, action: Callable[[], None]) -> None:
        """Runs one of many small actions. Reading the thread's time would take longer than the action does."""
        begun = time.perf_counter()
        self._guarded(action)
        self._took += time.perf_counter() - begun

    def _guarded(self, action: Callable[[], None]) -> None:
        """Runs ``action``. An error ends the watching, and never the training."""
        try:
            action()
        except Exception as error:
            self._end()
            self._reading = None
            kind = type(error).__name__
            self._tell(f"The network is no longer watched; the training goes on. {kind}: {error}")


def _row(numbers: Numbers, level: int, why: str) -> NetworkRow:
    read = (numbers.weight, numbers.gradient, numbers.update, numbers.dead, numbers.saturated)
    short = tuple(None if value is None or not math.isfinite(value) else float(f"{value:.3g}") for value in read)
    return NetworkRow(
        at=numbers.at, name=numbers.name, numbers=short, strange=sum(numbers.strange), level=level, why=why
    )
