"""The chart's moving average. It is taken over steps, however often values are logged."""

from __future__ import annotations

import math

HALF_LIFE = 30.0
"""Steps after which a value's weight is halved."""


class Average:
    r"""The exponential moving average over steps, for values that may skip steps.

    The logged values are interpreted as a polyline :math:`x(t)` from the first step :math:`t_0` on. The average after
    step :math:`t` is

    .. math:: \int_{t_0}^t 2^{-(t - s)/h}\, x(s)\, ds \Big/ \int_{t_0}^t 2^{-(t - s)/h}\, ds

    with the half-life :math:`h` in steps. So a scalar logged at every tenth step lags by the same number of steps as
    one logged at every step. An average over points would lag ten times as far, and show a gap between the two that
    does not exist.

    The integrals have a closed form between points (Eckner, "Algorithms for Unevenly Spaced Time Series: Moving
    Averages and Other Rolling Operators", 2019, section 3, with linear interpolation). Dividing by the sum of the
    weights corrects the initial bias (Kingma and Ba, "Adam", 2015, section 3).

    ``js/src/chart/average.ts`` does the same in the page, for replays that were saved without averages.
    Both must reproduce the numbers in ``js/test/average.json``.
    """

    __slots__ = ("_before", "_gap", "_near", "_new", "_scale", "_step", "_weight", "value")

    def __init__(self, half_life: float = HALF_LIFE) -> None:
        if not 0 < half_life < math.inf:
            raise ValueError(f"half_life must be a number of steps above 0, not {half_life}")
        self.value = math.nan
        """The average so far, NaN before the first value."""
        self._scale = half_life / math.log(2)
        self._step = 0
        self._before = math.nan  # the last value
        self._weight = 0.0  # sum of the weights so far, towards 1
        self._gap = 0  # steps between the last two values, which determine
        self._new = 0.0  # the weight of the interval between them
        self._near = 0.0  # and the share of the newer value in it

    @property
    def state(self) -> tuple[float, int, float, float]:
        """All of its state, to go back to."""
        return self.value, self._step, self._before, self._weight

    @state.setter
    def state(self, state: tuple[float, int, float, float]) -> None:
        self.value, self._step, self._before, self._weight = state

    def add(self, step: int, value: float) -> float:
        """Adds a finite ``value`` at a later ``step`` and returns the average. Runs in the training loop."""
        before, self._before = self._before, value
        gap, self._step = step - self._step, step
        if math.isnan(before):
            self.value = value
            return value
        if gap != self._gap:
            self._weigh(gap)
        new, near = self._new, self._near
        self._weight = weight = (1.0 - new) * self._weight + new
        share = new / weight
        # A weighted sum, without differences: these might overflow.
        self.value = average = self.value * (1.0 - share) + (before * (1.0 - near) + value * near) * share
        return average

    def _weigh(self, gap: int) -> None:
        self._gap = gap
        self._new = -math.expm1(-gap / self._scale)
        self._near = 1.0 / self._new - self._scale / gap
