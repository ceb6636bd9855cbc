"""Scalars and control changes in a replay."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from tests.panel import lone_panel
from vultorch_widget.metrics import Metrics
from vultorch_widget.replay.control_history import MOST, ControlHistory
from vultorch_widget.replay.series import MOST_POINTS, Series, build


def series_of(metrics: Metrics) -> dict[str, Series]:
    rows = {name: points for name, _, points in metrics.patches({})}
    latest = {name: value for name in rows if (value := metrics.latest(name)) is not None}
    return build(rows, latest)


def test_extremes_of_a_hundred_thousand_steps_and_the_last_value_are_kept() -> None:
    metrics = Metrics()
    values = np.random.default_rng(0).normal(1, 0.1, 100_000)
    values[61_234], values[71_234] = 9.5, -3.25
    for value in values:
        metrics.log({"loss": float(value)})
    series = series_of(metrics)["loss"]
    assert max(series["values"]) == 9.5
    assert min(series["values"]) == -3.25
    assert abs(series["steps"][series["values"].index(9.5)] - 61_235) < 256
    assert series["values"][-1] == values[-1]
    assert series["steps"][-1] == 100_000
    assert np.all(np.diff(series["steps"]) > 0)
    assert len(series["steps"]) < 4096


def test_the_average_in_a_replay_is_the_live_one() -> None:
    metrics = Metrics()
    for value in np.random.default_rng(0).normal(1, 0.1, 10_000):
        metrics.log({"loss": float(value)})
    live = metrics.patches({})[0][2]
    series = series_of(metrics)["loss"]
    kept = dict(zip(series["steps"], series["averages"], strict=True))
    for step, _, _, average, _ in live.tolist():
        assert kept[int(step)] == pytest.approx(average, rel=1e-5)


def test_few_steps_are_kept_as_they_are() -> None:
    metrics = Metrics()
    for value in (3.0, math.nan, 1.0, math.inf, 2.0):
        metrics.log({"loss": value})
    series = series_of(metrics)["loss"]
    assert (series["steps"], series["values"]) == ([1, 2, 3, 4, 5], [3.0, None, 1.0, None, 2.0])
    assert series["averages"][:4] == [3.0, 3.0, pytest.approx(1.9923), series["averages"][2]]
    json.dumps(series_of(metrics), allow_nan=False)


def test_many_scalars_share_the_points() -> None:
    metrics = Metrics()
    for step in range(600):
        metrics.log({f"s{name}": float(step * name) for name in range(100)})
    series = series_of(metrics)
    assert len(series) == 100
    assert sum(len(one["steps"]) for one in series.values()) <= 2.1 * MOST_POINTS
    assert series["s99"]["values"][-1] == 599 * 99


def test_each_change_has_its_step_and_initial_values_are_known() -> None:
    changes, panel = ControlHistory(), lone_panel()
    panel.slider("lr", 0, 1, default=0.5)
    panel.checkbox("on")
    changes.observe(0, {"P": panel.store.specs()})
    for step, value in ((7, 0.25), (9, 0.25), (9, 0.75), (12, 0.5)):
        panel.set("lr", value)
        changes.observe(step, {"P": panel.store.specs()})
    assert [(change.step, change.value) for change in changes.kept] == [(7, 0.25), (9, 0.75), (12, 0.5)]
    assert changes.initial == {("P", "slider:lr"): 0.5, ("P", "checkbox:on"): False}
    changes.clear()
    assert (changes.kept, changes.initial["P", "slider:lr"]) == ([], 0.5)


def test_endless_changes_take_bounded_memory() -> None:
    changes, panel = ControlHistory(), lone_panel()
    panel.slider("lr", 0, 1)
    panel.slider("rare", 0, 1)
    for step in range(20_000):
        panel.slider("lr", 0, 1)
        panel.set("lr", (step % 1000) / 1000)
        if step == 15_000:
            panel.set("rare", 0.5)
        changes.observe(step, {"P": panel.store.specs()})
    assert len(changes.kept) <= MOST
    assert changes.kept[-1].step == 19_999
    assert any(change.value == 0.5 and change.control == "slider:rare" for change in changes.kept)
    assert changes.kept[0].step < 5000
    assert [change.step for change in changes.kept] == sorted(change.step for change in changes.kept)


@pytest.mark.parametrize("text", ["x" * 5000, "\ud800"])
def test_long_or_malformed_texts_do_no_harm(text: str) -> None:
    panel = lone_panel()
    panel.text(text)
    panel.progress(0.5, overlay=text)
    changes = ControlHistory()
    changes.observe(0, {"P": panel.store.specs()})
    assert changes.kept == []
