"""A slider for the learning rate that works beside any schedule.

A schedule reads and writes the rates of an optimiser. So the slider acts only inside the optimiser's own step: rates
are changed just before it and restored right after. The schedule never sees the slider's effect, and stays exact.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import MutableMapping, Sequence
from typing import Any, Literal, get_args
from weakref import WeakValueDictionary

import torch

from ..tree.panel import Panel

RateControl = Literal["scale", "hold"]
"""``"scale"`` multiplies the scheduled rate; ``"hold"`` follows the schedule until the user sets a rate."""

SCALE = "learning rate ×"  # noqa: RUF001 (a sign of multiplication)
HOLD = "learning rate"
FOLLOW = "follow the schedule"
MOST_SCALE = 100.0
"""Range of the slider that multiplies: 1/100 to 100."""
HOLD_RANGE = 1000.0
"""Range of the slider that holds a rate: 1/1000 to 1000 times the rate that the schedule begins from, or more if the
schedule leaves it."""
MOST_GROUPS = 8
"""Maximum number of optimisers whose rates are logged, and of parameter groups in each, if they differ."""

Group = MutableMapping[str, Any]


def checked(lr: str | None) -> RateControl | None:
    """Returns ``lr``. Raises ValueError for anything but None, ``"scale"`` and ``"hold"``."""
    if lr is None:
        return None
    for control in get_args(RateControl):
        if lr == control:
            return control  # type: ignore[no-any-return]
    raise ValueError(f"lr must be 'scale', 'hold' or None, not {lr!r}")


class Rate:
    """The rate that the user asks for, and the rates used in the last step."""

    def __init__(self, control: RateControl | None) -> None:
        self._control = control
        self.scale = 1.0
        self.held: float | None = None
        self.used: dict[int, list[Any]] = {}
        """Rates of the parameter groups in the last step, by number of the optimiser, from 1."""
        self._scheduled: float | None = None  # rate of the first optimiser's first group according to the schedule
        self._initial: float | None = None  # the one that the schedule began from, which a warm-up reaches much later
        self._range: tuple[float, float] | None = None
        self._shown: float | None = None  # the value that the program last wrote to the slider

    @property
    def steers(self) -> bool:
        """True if there is a slider."""
        return self._control is not None

    # --- in the optimiser's step --------------------------------------------------------------------------------------

    def note(self, groups: Sequence[Group]) -> None:
        """Reads the scheduled rate of the first optimiser before its first step. May wait for a GPU; later reads do
        not.
        """
        if groups and groups[0].get("lr") is not None:
            self._scheduled = float(groups[0]["lr"])
            self._initial = float(groups[0].get("initial_lr", 0.0))

    def read(self, groups: Sequence[Group], number: int = 1) -> None:
        """Takes the scheduled rates of optimiser ``number`` for the ones that its step uses."""
        used = self.used[number] = _rates(groups)
        if number == 1 and used and not (isinstance(used[0], torch.Tensor) and used[0].device.type != "cpu"):
            self._scheduled = float(used[0])

    def change(self, groups: Sequence[Group], number: int = 1, first: Any = None) -> list[Any]:
        """Changes the rates of optimiser ``number`` to what the slider asks for. Returns the old rates, for `restore`.

        ``first`` is the scheduled rate of the first optimiser, if this is another one.
        """
        self.read(groups, number)
        if not self.used[number] or (self.held is None and self.scale == 1.0):
            return []
        before = [_copied(group.get("lr")) for group in groups]
        for group, rate in zip(groups, before, strict=True):
            if rate is not None:
                _put(group, self._asked(rate, before[0] if first is None else first))
        self.used[number] = _rates(groups)
        return before

    def _asked(self, rate: Any, first: Any) -> Any:
        """The rate to use in place of ``rate``. A held rate applies to the first group of the first optimiser; all
        others keep their ratio to it.
        """
        if self.held is None:
            return rate * self.scale
        if rate is first or first is None:
            return self.held
        if isinstance(rate, torch.Tensor) and isinstance(first, torch.Tensor):  # a GPU's are not read back
            first = first.to(rate.device)
            return torch.where(first == 0, self.held, self.held * (rate / first))
        return self.held if first == 0 else self.held * (rate / float(first))

    def restore(self, groups: Sequence[Group], before: Sequence[Any]) -> None:
        """Restores the rates that `change` returned."""
        for group, rate in zip(groups, before, strict=False):
            if rate is not None:
                _put(group, rate)

    # --- on the page -------------------------------------------------------------------------------------------------

    def draw(self, panel: Panel) -> None:
        """Calls the slider in ``panel``, if there is one."""
        if self._control == "scale":
            panel.slider(SCALE, 1 / MOST_SCALE, MOST_SCALE, default=1.0, log=True)
        elif self._control == "hold" and (span := self._span()) is not None:
            panel.slider(HOLD, *span, default=self._followed(*span), log=True)
            panel.checkbox(FOLLOW, default=True)
        self.take(panel)

    def take(self, panel: Panel) -> None:
        """Takes the user's settings for the steps that follow."""
        if self._control == "scale":
            self.scale = panel.get(SCALE, 1.0)
        elif self._range is not None and panel.get(HOLD) is not None:
            self._hold(panel, self._followed(*self._range))

    def _span(self) -> tuple[float, float] | None:
        """The range of the slider, once a rate above 0 is known. It grows with the schedule, or it would show a rate
        that no step uses.
        """
        if self._scheduled is None or not 0.0 < self._scheduled < math.inf:
            return self._range
        if self._range is None:
            power = 10.0 ** round(math.log10(self._initial or self._scheduled))
            self._range = power / HOLD_RANGE, power * HOLD_RANGE
        low, high = self._range
        if not low <= self._scheduled <= high:
            exponent = math.log10(self._scheduled)
            self._range = min(low, 10.0 ** math.floor(exponent)), max(high, 10.0 ** math.ceil(exponent))
        return self._range

    def _followed(self, low: float, high: float) -> float:
        return min(high, max(low, self._scheduled or low))

    def _hold(self, panel: Panel, scheduled: float) -> None:
        value = panel.get(HOLD)
        if self._shown is not None and value != self._shown:  # the user has moved it
            self.held = self._shown = value
            panel.set(FOLLOW, False)
        elif panel.get(FOLLOW):
            self.held = None
            panel.set(HOLD, scheduled)
            self._shown = panel.get(HOLD)
        elif self.held is None:  # the box was cleared: hold what the slider shows
            self.held = self._shown = value

    def log(self) -> dict[str, Any]:
        """The rates of the last steps under the names they are logged by: one for each optimiser, or one for each of
        its groups if they differ.
        """
        rates = {}
        for number, used in sorted(self.used.items())[:MOST_GROUPS]:
            of = f" of optimizer {number}" if number > 1 else ""
            if used:
                rates[f"lr{of}"] = used[0]
            if len({rate for rate in used if isinstance(rate, numbers.Real)}) > 1:
                rates |= {f"lr of group {group}{of}": rate for group, rate in enumerate(used[1:MOST_GROUPS], 2)}
        return rates


def _rates(groups: Sequence[Group]) -> list[Any]:
    return [_copied(group["lr"]) for group in groups if group.get("lr") is not None]


def _copied(rate: Any) -> Any:
    return rate.detach().clone() if isinstance(rate, torch.Tensor) else rate


def _put(group: Group, rate: Any) -> None:
    """Sets the rate of ``group``; in place if it is a tensor, which a CUDA graph or a compiled step reads."""
    if isinstance(group["lr"], torch.Tensor):
        with torch.no_grad():
            group["lr"].copy_(rate) if isinstance(rate, torch.Tensor) else group["lr"].fill_(rate)
    else:
        group["lr"] = rate


class Hooks:
    """A `Rate` in the steps of torch optimisers, from `attach` to `detach`."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._handles: dict[torch.optim.Optimizer, list[Any]] = {}
        self._before: dict[torch.optim.Optimizer, list[Any]] = {}  # before steps that have not ended

    def attach(self, optimizer: torch.optim.Optimizer, *, inner: bool = False) -> None:
        """Acts on the steps of ``optimizer``. Attaching it again changes nothing.

        An ``inner`` loop only reads the rates that the slider of an outer one has set.
        """
        if optimizer not in self._handles:
            if not self._handles:
                self._rate.note(optimizer.param_groups)
            before, after = (
                optimizer.register_step_pre_hook(self._begin),
                optimizer.register_step_post_hook(self._end),
            )
            self._handles[optimizer] = [before, after]
            if self._rate.steers and not (inner and id(optimizer) in _steering):
                _steering[id(optimizer)] = self

    def _begin(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        self._end(optimizer)  # a step that raised has not called its second hook
        optimizers = list(self._handles)
        number = optimizers.index(optimizer) + 1
        if self._rate.steers and _steering.get(id(optimizer), self) is not self:
            self._rate.read(optimizer.param_groups, number)
        else:
            first = optimizers[0].param_groups[0].get("lr") if number > 1 else None
            self._before[optimizer] = self._rate.change(optimizer.param_groups, number, first)

    def _end(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        self._rate.restore(optimizer.param_groups, self._before.pop(optimizer, []))

    def detach(self) -> None:
        """Leaves the optimisers as they were."""
        for optimizer, handles in self._handles.items():
            self._end(optimizer)
            for handle in handles:
                handle.remove()
            if _steering.get(id(optimizer)) is self:
                del _steering[id(optimizer)]
        self._handles.clear()
        self._rate.used.clear()


_steering: WeakValueDictionary[int, Hooks] = WeakValueDictionary()
"""Which hooks change the rates of an optimiser, by its id: of several sliders, that of the latest loop. Together they
would multiply, and leave rates behind that are not the schedule's.
"""
