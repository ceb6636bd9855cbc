"""`View.log` with a mapping, and `View.history`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

import vultorch_widget as vultorch
from vultorch_widget.metrics.record import Room


@pytest.fixture
def view() -> Iterator[vultorch.View]:
    view = vultorch.View("history", headless=True)
    yield view
    view.close()


def test_a_mapping_takes_any_name_also_step(view: vultorch.View) -> None:
    view.log({"step": 0.5, "val/loss": torch.tensor(2.0)}, step=10)
    view.log({"step": 0.25}, loss=1.0)
    view.log(20, loss=3.0)
    assert {name: rows.tolist() for name, rows in view.history().items()} == {
        "step": [[10.0, 0.5], [11.0, 0.25]],
        "val/loss": [[10.0, 2.0]],
        "loss": [[11.0, 1.0], [20.0, 3.0]],
    }
    with pytest.raises(TypeError, match=r"view\.log takes one step; 20 and 21 were given"):
        view.log(20, step=21, loss=3.0)


def test_the_history_has_every_value_where_the_chart_has_a_point_for_many(view: vultorch.View) -> None:
    for step in range(5000):
        view.log(loss=step**0.5)
    np.testing.assert_array_equal(view.history()["loss"], [(step + 1, step**0.5) for step in range(5000)])


def test_a_frame_of_pandas_has_a_column_for_each_scalar(view: vultorch.View) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is an option; the dev extra has it")
    assert view.history(as_frame=True).empty
    view.log(loss=1.0, step=3)
    view.log(loss=0.5, psnr=20.0, step=6)
    frame = view.history(as_frame=True)
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.index) == [3, 6]
    assert frame["loss"].tolist() == [1.0, 0.5]
    assert frame["psnr"].isna().tolist() == [True, False]


def test_what_the_budget_cost_is_said(view: vultorch.View) -> None:
    view._parts.metrics.record = Room(most=10)
    for _ in range(11):
        view.log(loss=1.0)
    with pytest.warns(RuntimeWarning, match="the first 6 values of 'loss' are gone"):
        assert len(view.history()["loss"]) == 5
