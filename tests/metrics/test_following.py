"""Loggers that follow a view: they get every value, cost no step, and end nothing when they fail."""

from __future__ import annotations

import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from tensorboardX import SummaryWriter
from tensorboardX.proto.event_pb2 import Event

import vultorch_widget as vultorch
from tests.patience import PATIENCE, wait_until
from vultorch_widget.metrics import following
from vultorch_widget.metrics.following import Follower
from vultorch_widget.metrics.record import Room

Logged = list[tuple[int, dict[str, float]]]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "INTERVAL", 0.0)
    monkeypatch.setattr(following, "PATIENCE", PATIENCE)


@pytest.fixture
def view() -> Iterator[vultorch.View]:
    view = vultorch.View("follow", headless=True)
    yield view
    view.close()


def test_a_function_gets_every_value_of_a_step_together(view: vultorch.View) -> None:
    got: Logged = []
    view.log(loss=9.0)  # before it was added
    view.add_logger(lambda step, values: got.append((step, values)))
    for step in range(2, 6):
        view.log({"loss": 1.0 / step, "acc": 0.5}, step=step)
    view.log({"val/loss": 2.0}, step=5)
    view.close()
    assert got[0] == (1, {"loss": 9.0})
    assert got[-1] == (5, {"loss": 0.2, "acc": 0.5, "val/loss": 2.0})
    assert [step for step, _ in got] == [1, 2, 3, 4, 5]


def test_a_value_that_is_replaced_is_written_once_as_it_became(view: vultorch.View) -> None:
    got: Logged = []
    view.add_logger(lambda step, values: got.append((step, values)))
    for value in (3.0, 2.0, 1.0):  # batches of one step
        view.log(loss=value, step=7)
    view.log(loss=0.5, step=8)
    view.close()
    assert got == [(7, {"loss": 1.0}), (8, {"loss": 0.5})]


def test_a_value_at_an_earlier_step_than_others_is_written_once_as_it_became() -> None:
    got: Logged = []
    room = Room()
    follower = Follower(lambda step, values: got.append((step, values)), room, print)
    for batch in range(1, 9):
        room.of("loss").add(batch, 0.5)
        room.of("acc").add((batch - 1) // 4, float(batch))  # the accuracy so far, by epoch
        follower.give(final=False)
        wait_until(lambda: follower.idle)
    follower.flush()
    assert [(step, values["acc"]) for step, values in got if "acc" in values] == [(0, 4.0), (1, 8.0)]


def test_a_logger_that_is_stuck_delays_no_step_and_goes_on_where_it_was(view: vultorch.View) -> None:
    got: Logged = []
    go = threading.Event()

    def slow(step: int, values: dict[str, float]) -> None:
        go.wait()
        got.append((step, values))

    view.add_logger(slow)
    for step in range(1, 2001):
        view.log(loss=float(step))
    assert got == []
    go.set()
    view.close()
    assert [step for step, _ in got] == list(range(1, 2001))


def test_a_logger_that_fails_is_told_once_and_ends_nothing(view: vultorch.View) -> None:
    got: Logged = []

    def fail(step: int, values: dict[str, float]) -> None:
        raise ConnectionError("no network")

    view.add_logger(fail)
    view.add_logger(lambda step, values: got.append((step, values)))
    for _ in range(5):
        view.log(loss=1.0)
    wait_until(lambda: bool(view._parts.tree.notices))
    view.close()
    (notice,) = view._parts.tree.notices
    assert "The logger" in notice
    assert "no network" in notice
    assert len(got) == 5


def test_after_a_reset_it_gets_the_new_run_and_all_of_the_one_before(view: vultorch.View) -> None:
    got: Logged = []
    view.add_logger(lambda step, values: got.append((step, values)))
    view.log(loss=1.0)
    view._parts.runner.reset()
    view.log(loss=2.0)
    view.close()
    assert got == [(1, {"loss": 1.0}), (1, {"loss": 2.0})]


def test_a_branch_is_written_from_where_it_begins(view: vultorch.View) -> None:
    got: Logged = []
    view.add_logger(lambda step, values: got.append((step, values["loss"])))  # type: ignore[arg-type]
    view.checkpoint({"weight": torch.zeros(1)})
    for step in range(1, 5):
        view.step()
        view.log(loss=float(step))
        view.end_step()
    view.rewind(2)
    view.step()
    view.log(loss=30.0)
    view.end_step()
    view.close()
    assert got == [(1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0), (3, 30.0)]


def test_the_loggers_are_listed_and_one_is_added_once(view: vultorch.View) -> None:
    def logger(step: int, values: dict[str, float]) -> None:
        pass

    view.add_logger(logger)
    view.add_logger(logger)
    assert view.loggers == (logger,)


@pytest.mark.parametrize("wrong", [None, 3, "tensorboard", object()])
def test_what_is_no_logger_is_named(view: vultorch.View, wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"not {type(wrong).__name__}"):
        view.add_logger(wrong)


def test_the_file_of_a_real_summary_writer_has_every_value(view: vultorch.View, tmp_path: Path) -> None:
    writer = SummaryWriter(str(tmp_path))
    view.add_logger(writer)
    for step in range(100):
        view.log({"loss": 1 / (step + 1)}, step=step)
    view.log({"val/loss": 0.5}, step=50)
    view.close()
    writer.close()
    read = {"loss": dict[int, float](), "val/loss": dict[int, float]()}
    (file,) = tmp_path.iterdir()
    data, at = file.read_bytes(), 0
    while at < len(data):  # records of a length, its checksum, an event and its checksum
        (size,) = struct.unpack_from("<Q", data, at)
        event = Event.FromString(data[at + 12 : at + 12 + size])
        for value in event.summary.value:
            read[value.tag][event.step] = value.simple_value
        at += size + 16
    assert read["loss"] == {step: pytest.approx(1 / (step + 1)) for step in range(100)}
    assert read["val/loss"] == {50: 0.5}


def test_a_run_of_w_and_b_has_steps_of_its_own_axis(view: vultorch.View) -> None:
    said: list[Any] = []
    run = SimpleNamespace(define_metric=lambda name, step_metric: said.append((name, step_metric)), log=said.append)
    view.add_logger(run)
    view.log(loss=1.0, step=4)
    view.close()
    assert said == [("loss", "view/step"), {"loss": 1.0, "view/step": 4}]


def test_mlflow_logs_into_the_run_that_was_active_and_there_must_be_one(view: vultorch.View) -> None:
    said: list[Any] = []
    mlflow: Any = ModuleType("mlflow")
    mlflow.active_run = lambda: None
    with pytest.raises(ValueError, match=r"call mlflow.start_run\(\)"):
        view.add_logger(mlflow)
    mlflow.active_run = lambda: SimpleNamespace(info=SimpleNamespace(run_id="run-1"))
    mlflow.log_metrics = lambda values, step, run_id: said.append((values, step, run_id))
    view.add_logger(mlflow)
    view.log(loss=1.0, step=4)
    view.close()
    assert said == [({"loss": 1.0}, 4, "run-1")]


SCRIPT = """
import vultorch_widget as vultorch
from vultorch_widget.metrics import following
following.PATIENCE = 300.0
view = vultorch.View("script", headless=True)
view.add_logger(lambda step, values: print(step, values, flush=True))
for step in range(1, 4):
    view.log(loss=float(step))
"""


def test_what_is_left_is_written_when_the_interpreter_ends() -> None:
    ran = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == [f"{step} {{'loss': {step}.0}}" for step in (1, 2, 3)]


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_csv_file_has_a_row_for_each_step_and_the_values_as_they_were(view: vultorch.View, tmp_path: Path) -> None:
    view.alarms = False
    view.log({"loss": 0.1, "val, loss": float("nan")}, step=1)
    view.log({"loss": 1 / 3}, step=2)
    assert view.save_history(tmp_path / "run.csv") == tmp_path / "run.csv"
    text = (tmp_path / "run.csv").read_bytes().decode()
    assert text.splitlines() == ['step,loss,"val, loss"', "1,0.1,nan", "2,0.3333333333333333,"]


def test_another_kind_of_file_is_refused(view: vultorch.View, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.csv and \.parquet files, not 'run\.xlsx'"):
        view.save_history(tmp_path / "run.xlsx")


def test_parquet_needs_pyarrow_or_has_the_same_table(view: vultorch.View, tmp_path: Path) -> None:
    view.log({"loss": 0.1}, step=1)
    view.log({"acc": 0.5}, step=2)
    try:
        from pyarrow import parquet
    except ImportError:
        with pytest.raises(ImportError, match="pip install pyarrow"):
            view.save_history(tmp_path / "run.parquet")
        return
    view.save_history(tmp_path / "run.parquet")
    found = parquet.read_table(tmp_path / "run.parquet").to_pydict()
    assert found == {"step": [1, 2], "loss": [0.1, None], "acc": [None, 0.5]}
