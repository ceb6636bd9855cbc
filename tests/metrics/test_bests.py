"""The best value of a scalar, at its exact step."""

from __future__ import annotations

import pytest

from vultorch_widget.metrics import Metrics
from vultorch_widget.metrics.bests import rises


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("loss", False),
        ("val/loss", False),
        ("dice_loss", False),
        ("error_rate", False),
        ("adam", False),
        ("val/acc", True),
        ("valAccuracy", True),
        ("psnr", True),
        ("acc@5", True),
        ("lr", None),
        ("learning_rate", None),
        ("epoch", None),
        ("grad_norm", None),
        ("psnr · runs/7 · rank 0", True),  # as ranks of a run are named
        ("val/mse · lr 0.1", False),
    ],
)
def test_the_name_says_whether_higher_is_better(name: str, better: bool | None) -> None:
    assert rises(name) is better


def test_the_first_step_of_the_best_value_is_told_however_many_points_were_merged() -> None:
    metrics = Metrics(capacity=8)
    for step in range(1, 1001):
        metrics.log({"loss": abs(step - 377) + 1.0, "acc": -abs(step - 501), "lr": 0.1})
        if step % 100 == 0:
            metrics.best("loss")  # a page asks now and then
    assert metrics.best("loss") == (377, 1.0, False)
    assert metrics.best("acc") == (501, 0.0, True)
    assert metrics.best("lr") is None


def test_a_value_that_was_replaced_is_the_best_no_more() -> None:
    metrics = Metrics()
    metrics.log({"loss": 3.0}, 1)
    metrics.log({"loss": 1.0}, 2)
    assert metrics.best("loss") == (2, 1.0, False)
    metrics.log({"loss": 5.0}, 2)
    assert metrics.best("loss") == (1, 3.0, False)


def test_values_that_are_not_finite_are_never_the_best() -> None:
    metrics = Metrics()
    metrics.log({"loss": float("nan"), "acc": float("inf")})
    assert metrics.best("loss") is None
    assert metrics.best("acc") is None
    metrics.log({"loss": 2.0, "acc": float("nan")})
    assert metrics.best("loss") == (2, 2.0, False)


def test_a_new_run_has_its_own_best_and_an_alarm_can_say_that_higher_is_better() -> None:
    metrics = Metrics()
    metrics.log({"x": 1.0})
    metrics.best("x")
    metrics.clear()
    metrics.log({"x": 4.0})
    metrics.log({"x": 7.0})
    assert metrics.best("x") == (1, 4.0, False)
    metrics.alarms.watch("x").ask(finite=True, plateau=5, spike=None, when=None, mode="max", action="note")
    assert metrics.best("x") == (2, 7.0, True)
