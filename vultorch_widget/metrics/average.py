"""The moving average that the chart draws: one over steps, however often something is logged."""

from __future__ import annotations

import math

HALF_LIFE = 30.0
"""Steps after which a value weighs half as much."""


class Average:
    r"""The exponential moving average over steps of values that need not come at every step.

    What was logged is taken as the line through its points, :math:`x(t)`, from the first step :math:`t_0` on. After
    step :math:`t` its average is

    .. math:: \int_{t_0}^t 2^{-(t - s)/h}\, x(s)\, ds \Big/ \int_{t_0}^t 2^{-(t - s)/h}\, ds

    with the half-life :math:`h` in steps. So a scalar that is logged at every tenth step lags by as many steps as one
    that is logged at each; an average over points would lag ten times as far, and invent a gap between the two.
    The integrals have a closed form from point to point (Eckner, "Algorithms for Unevenly Spaced Time Series: Moving
    Averages and Other Rolling Operators", 2019, section 3, with linear interpolation). Dividing by the sum of the
    weights corrects the bias of the beginning (Kingma and Ba, "Adam", 2015, section 3).

    ``js/src/chart/average.ts`` is the same in the page, for replays that were saved without it;
    ``js/test/average.json`` has numbers that both must give.
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
        self._gap = 0  # steps between the last two values, and what follows from that:
        self._new = 0.0  # the weight of what lies between them,
        self._near = 0.0  # and the share of the newer of the two in it

    def add(self, step: int, value: float) -> float:
        """Takes in a finite ``value`` of a ``step`` after the last; returns the average. Runs in the training loop."""
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
        # Shares of what is there, never differences: these could be too large for a float.
        self.value = average = self.value * (1.0 - share) + (before * (1.0 - near) + value * near) * share
        return average

    def _weigh(self, gap: int) -> None:
        self._gap = gap
        self._new = -math.expm1(-gap / self._scale)
        self._near = 1.0 / self._new - self._scale / gap
