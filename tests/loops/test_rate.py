"""The learning rate under a slider: in the steps of optimisers, beside their schedules."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch

from tests.panel import lone_panel
from vultorch_widget.loops.rate import FOLLOW, HOLD, SCALE, Hooks, Rate


def optimizer(*rates: float) -> torch.optim.SGD:
    return torch.optim.SGD([{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in rates])


def step(optimizer: torch.optim.Optimizer) -> list[float]:
    """Takes a step with gradients of 1; returns by how much each parameter decreased."""
    weights = [group["params"][0] for group in optimizer.param_groups]
    before = [weight.item() for weight in weights]
    for weight in weights:
        weight.grad = torch.ones(1)
    optimizer.step()
    return [old - weight.item() for old, weight in zip(before, weights, strict=True)]


def rates(optimizer: torch.optim.Optimizer) -> list[float]:
    return [float(group["lr"]) for group in optimizer.param_groups]


def test_an_untouched_slider_changes_no_bit() -> None:
    rate, one = Rate("scale"), optimizer(0.1, 0.3)
    Hooks(rate).attach(one)
    before = [group["lr"] for group in one.param_groups]
    step(one)
    assert all(group["lr"] is was for group, was in zip(one.param_groups, before, strict=True))
    assert rate.log() == {"lr": 0.1, "lr of group 2": 0.3}


def test_rates_of_numpy_are_logged_for_each_group() -> None:
    rate, one = Rate("scale"), optimizer(*np.geomspace(0.01, 0.04, 3))
    Hooks(rate).attach(one)
    step(one)
    assert rate.log() == pytest.approx({"lr": 0.01, "lr of group 2": 0.02, "lr of group 3": 0.04})


def test_the_scale_acts_in_the_step_alone() -> None:
    rate, one = Rate("scale"), optimizer(0.5, 0.25)
    Hooks(rate).attach(one)
    rate.scale = 2.0
    assert step(one) == [1.0, 0.5]
    assert rates(one) == [0.5, 0.25]


def test_a_rate_in_a_tensor_stays_that_tensor() -> None:
    one = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], torch.tensor(0.5))
    tensor = one.param_groups[0]["lr"]
    rate = Rate("scale")
    Hooks(rate).attach(one)
    rate.scale = 2.0
    step(one)
    assert one.param_groups[0]["lr"] is tensor
    assert (tensor.item(), float(rate.log()["lr"])) == (0.5, 1.0)


def test_a_step_that_raises_leaves_no_trace_on_the_next() -> None:
    rate, one = Rate("scale"), optimizer(0.5)
    hooks = Hooks(rate)
    hooks.attach(one)
    rate.scale = 10.0
    with pytest.raises(ZeroDivisionError):
        one.step(lambda: 1 / 0)
    assert step(one) == [5.0]
    with pytest.raises(ZeroDivisionError):
        one.step(lambda: 1 / 0)
    hooks.detach()
    assert rates(one) == [0.5]


@pytest.mark.parametrize("inner", [False, True])
def test_of_two_sliders_on_one_optimizer_one_acts(inner: bool) -> None:
    first, second, one = Rate("scale"), Rate("scale"), optimizer(0.5)
    first.scale, second.scale = 4.0, 2.0
    hooks = Hooks(first), Hooks(second)
    hooks[0].attach(one)
    hooks[1].attach(one, inner=inner)
    for _ in range(3):
        assert step(one) == [2.0 if inner else 1.0]
        assert rates(one) == [0.5]
    assert second.log() == {"lr": 2.0 if inner else 1.0}
    hooks[1].detach()
    assert step(one) == [2.0]
    hooks[0].detach()
    assert step(one) == [0.5]


def test_an_optimizer_whose_loop_never_ended_is_freed() -> None:
    one = optimizer(0.5)
    Hooks(Rate("scale")).attach(one)
    step(one)
    freed = weakref.ref(one)
    del one
    gc.collect()
    assert freed() is None


def test_a_slider_that_holds_follows_the_schedule_until_it_is_moved_and_again_when_told_to() -> None:
    panel, rate, one = lone_panel(), Rate("hold"), optimizer(0.1, 0.01)
    Hooks(rate).attach(one)

    def frame(scheduled: float) -> list[float]:
        one.param_groups[0]["lr"], one.param_groups[1]["lr"] = scheduled, scheduled / 10
        moved = step(one)
        panel.store.begin_frame()
        rate.draw(panel)
        panel.store.end_frame()
        return moved

    frame(0.1)
    assert panel.get(HOLD) == 0.1
    assert frame(0.05) == pytest.approx([0.05, 0.005], abs=1e-6)
    assert panel.get(HOLD) == 0.05

    panel.store.apply(f"slider:{HOLD}", 0.25, "page", 1)
    frame(0.04)
    assert panel.get(FOLLOW) is False
    assert frame(0.03) == pytest.approx([0.25, 0.025], abs=1e-6)  # the second group keeps its ratio
    assert rates(one) == [0.03, 0.003]

    panel.store.apply(f"checkbox:{FOLLOW}", True, "page", 2)
    frame(0.02)
    assert frame(0.01) == pytest.approx([0.01, 0.001], abs=1e-6)
    assert panel.get(HOLD) == 0.01

    panel.store.apply(f"checkbox:{FOLLOW}", False, "page", 3)
    frame(0.008)
    assert frame(0.004)[0] == pytest.approx(0.01, abs=1e-6)


def test_each_optimizer_is_logged_and_keeps_its_ratio_to_the_first() -> None:
    rate, one, other = Rate("hold"), optimizer(1e-4), optimizer(4e-4, 2e-4)
    hooks = Hooks(rate)
    for each in (one, other):
        hooks.attach(each)
    assert step(other) == pytest.approx([4e-4, 2e-4])
    step(one)
    logged = {"lr": 1e-4, "lr of optimizer 2": 4e-4, "lr of group 2 of optimizer 2": 2e-4}
    assert rate.log() == logged
    rate.held = 1e-3
    for _ in range(2):
        for each in (other, one):
            step(each)
    assert rate.log() == pytest.approx({name: 10 * value for name, value in logged.items()})
    assert rates(one) + rates(other) == [1e-4, 4e-4, 2e-4]
    hooks.detach()
    hooks.attach(other)
    step(other)
    assert rate.log() == pytest.approx({"lr": 1e-3, "lr of group 2": 5e-4})


@pytest.mark.parametrize(("first", "expected"), [(0.5, 0.125), (0.0, 0.25)])
def test_rates_in_tensors_keep_their_ratio(first: float, expected: float) -> None:
    weights = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    scheduled = [torch.tensor(first), torch.tensor(0.25)]
    one = torch.optim.Adam([{"params": [w], "lr": lr} for w, lr in zip(weights, scheduled, strict=True)])
    rate = Rate("hold")
    Hooks(rate).attach(one)
    rate.held = 0.25
    step(one)
    assert [used.item() for used in rate.used[1]] == [0.25, expected]
    assert [lr.item() for lr in scheduled] == [first, 0.25]


@pytest.mark.parametrize("schedule_first", [True, False])
def test_a_slider_that_holds_shows_the_rate_after_a_long_warm_up_and_reaches_it(schedule_first: bool) -> None:
    panel, rate, one = lone_panel(), Rate("hold"), optimizer(5e-5)
    if schedule_first:
        torch.optim.lr_scheduler.LambdaLR(one, lambda number: number / 10_000)
    Hooks(rate).attach(one)
    for scheduled in (0.0, 5e-9, 1e-5, 5e-5, 5e-5, 2e-5):
        one.param_groups[0]["lr"] = scheduled
        step(one)
        panel.store.begin_frame()
        rate.draw(panel)
        panel.store.end_frame()
        assert panel.get(HOLD, scheduled) == pytest.approx(scheduled)
        assert panel.get(FOLLOW, True) is True
    (slider, _) = panel.store.specs()
    assert slider.max == pytest.approx(0.1 if schedule_first else 1e-4)
    panel.store.apply(f"checkbox:{FOLLOW}", False, "page", 1)
    rate.take(panel)
    step(one)
    assert rate.log() == {"lr": pytest.approx(2e-5)}


def test_no_slider_logs_the_rate_and_touches_nothing() -> None:
    panel, rate, one = lone_panel(), Rate(None), optimizer(0.5)
    Hooks(rate).attach(one)
    rate.draw(panel)
    assert step(one) == [0.5]
    assert rate.log() == {"lr": 0.5}
    assert panel.store.specs() == ()
    assert panel.get(SCALE) is None
