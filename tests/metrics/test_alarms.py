"""What raises an alarm, and when it is raised again."""

from __future__ import annotations

import math
import random

import pytest

from vultorch_widget.metrics import Metrics
from vultorch_widget.metrics.alarms import SPIKE_LEAST, Alarm, is_loss

NAN, INF = math.nan, math.inf


class Rung:
    """Metrics, and the alarms that they have raised."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.alarms: list[Alarm] = []
        self.metrics.alarms.ring = lambda alarm, _watch: self.alarms.append(alarm)

    def ask(self, name: str, **asked) -> None:
        usual = {
            "finite": is_loss(name),
            "plateau": None,
            "spike": None,
            "when": None,
            "mode": "min",
            "action": "pause",
        }
        self.metrics.alarms.watch(name).ask(**{**usual, **asked})
        self.metrics.heed(name)

    def log(self, name: str, *values: float) -> list[int]:
        """Logs ``values``, and returns the steps of the new alarms."""
        before = len(self.alarms)
        for value in values:
            self.metrics.log({name: value})
        return [alarm.step for alarm in self.alarms[before:]]


@pytest.fixture
def rung() -> Rung:
    return Rung()


@pytest.mark.parametrize(
    "name",
    [
        "loss",
        "train/loss",
        "val_loss",
        "trainLoss",
        "bceLoss",
        "Loss",
        "losses",
        "loss/ce",
        "loss_epoch",
        "loss2",
        "loss · rank 0",
    ],
)
def test_a_name_that_says_loss_is_watched(name: str) -> None:
    assert is_loss(name)


@pytest.mark.parametrize("name", ["psnr", "lossless", "glossary", "perplexity", "lr", "psnr · new loss", ""])
def test_other_names_are_not(name: str) -> None:
    assert not is_loss(name)


@pytest.mark.parametrize(("value", "says"), [(NAN, "is NaN"), (INF, "is infinite"), (-INF, "is minus infinity")])
def test_a_loss_that_is_not_finite_is_named_with_its_step(rung: Rung, value: float, says: str) -> None:
    assert rung.log("train/loss", 1.0, 0.5, value) == [3]
    assert rung.alarms[0].text == f"train/loss {says} (step 3)"


def test_it_is_said_again_only_once_the_loss_was_finite(rung: Rung) -> None:
    assert rung.log("loss", NAN, NAN, INF, 1.0, NAN, NAN) == [1, 5]


def test_a_step_that_is_replaced_by_another_nan_is_no_second_alarm(rung: Rung) -> None:
    for _ in range(3):
        rung.metrics.log({"loss": NAN}, step=4)
    assert len(rung.alarms) == 1


def test_a_new_run_says_it_again(rung: Rung) -> None:
    assert rung.log("loss", NAN) == [1]
    rung.metrics.alarms.clear()  # the run is started again
    assert rung.log("loss", NAN) == [2]
    rung.metrics.clear()  # Reset
    assert rung.log("loss", NAN) == [1]


def test_a_metric_may_be_nan(rung: Rung) -> None:
    assert rung.log("auc", NAN, 1.0, NAN) == []


def test_what_is_watched_can_be_chosen(rung: Rung) -> None:
    rung.ask("val/loss", finite=False)
    rung.ask("auc", finite=True)
    assert rung.log("val/loss", NAN) == []
    assert rung.log("auc", NAN) == [2]
    rung.ask("auc", finite=False)  # also for a scalar that was logged
    assert rung.log("auc", 1.0, NAN) == []


def test_all_can_be_turned_off(rung: Rung) -> None:
    rung.metrics.alarms.on = False
    assert rung.log("loss", NAN) == []


def test_a_plateau_is_said_after_so_many_steps_and_again_as_many_later(rung: Rung) -> None:
    rung.ask("loss", plateau=100)
    falling = [1.0 - 0.01 * step for step in range(50)]
    assert rung.log("loss", *falling) == []
    # The average keeps falling towards the last value for a while.
    first, second, *_ = rung.log("loss", *[falling[-1]] * 1500)
    assert 150 < first < 600
    assert second - first == 100
    assert "is on a plateau: its average has not fallen below 0.51" in rung.alarms[0].text


def test_a_loss_that_falls_in_noise_is_no_plateau(rung: Rung) -> None:
    rung.ask("loss", plateau=200)
    noise = random.Random(0)
    assert rung.log("loss", *(1.0 - 0.0004 * step + noise.gauss(0, 0.05) for step in range(2000))) == []


def test_a_plateau_of_what_should_rise(rung: Rung) -> None:
    rung.ask("acc", plateau=50, mode="max")
    assert rung.log("acc", *(0.01 * step for step in range(100))) == []
    rung.log("acc", *[0.5] * 400)
    assert "has not risen above 0." in rung.alarms[0].text


@pytest.mark.parametrize("level", [2.0, -40.0, 0.0])
def test_a_spike_is_said_once_at_any_level(rung: Rung, level: float) -> None:
    rung.ask("loss", spike=10)
    noise = random.Random(0)
    usual = [level + noise.gauss(0, 0.1) for _ in range(300)]
    assert rung.log("loss", *usual) == []
    assert rung.log("loss", level + 5, level + 6, level + 0.1) == [301]
    assert (
        rung.alarms[0].text == f"loss jumped to {level + 5:.4g}, from a median of {rung_median(usual):.4g} (step 301)"
    )
    assert rung.log("loss", level + 5) == [304]


def rung_median(usual: list[float]) -> float:
    return sorted(usual[-101:])[50]


def test_a_fall_or_the_first_values_are_no_spike(rung: Rung) -> None:
    rung.ask("loss", spike=5)
    assert rung.log("loss", *[1.0, 100.0] * (SPIKE_LEAST // 2 - 1)) == []
    assert rung.log("loss", *[1.0] * 200, -50.0) == []


def test_a_function_finds_something(rung: Rung) -> None:
    rung.ask("lr", when=lambda step, value: value > 1 and f"is beyond 1 at step {step}")
    assert rung.log("lr", 0.5, 2.0) == [2]
    assert rung.alarms[0].text == "lr is beyond 1 at step 2 (step 2)"
    rung.ask("lr", when=lambda _, value: value > 1)
    rung.log("lr", 3.0)
    assert "is 3, which raises an alarm" in rung.alarms[1].text


def test_a_function_that_raises_ends_nothing_and_is_told(rung: Rung) -> None:
    failed: list[str] = []
    rung.metrics.alarms.failed = lambda what, error: failed.append(f"{what}: {error!r}")
    rung.ask("lr", when=lambda _step, _value: 1 / 0)
    assert rung.log("lr", 1.0) == []
    assert failed == ["The alarm of 'lr': ZeroDivisionError('division by zero')"]
    assert rung.metrics.latest("lr") == 1.0


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"plateau": 0}, "plateau must be a number of steps, 1 or more, not 0"),
        ({"plateau": True}, "not True"),
        ({"spike": 0.0}, "spike must be a number of standard deviations, above 0"),
        ({"spike": NAN}, "not nan"),
        ({"when": 3}, "when must be a function of step and value, not 3"),
        ({"mode": "low"}, "mode must be 'min' or 'max', not 'low'"),
        ({"action": "stop"}, "action must be 'pause', 'note' or a function, not 'stop'"),
    ],
)
def test_wrong_arguments_are_named_and_change_nothing(rung: Rung, asked: dict[str, object], says: str) -> None:
    with pytest.raises((ValueError, TypeError), match=says):
        rung.ask("loss", finite=False, **asked)
    assert rung.log("loss", NAN) == [1]
