"""Launchers other than torchrun: ipyparallel engines and Ray Train workers feed a run, and a view watches it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import ipyparallel
import psutil
import pytest

import vultorch_widget as vultorch
from tests.patience import PATIENCE, wait_until

from .watching import late, said_alike, shown, steered, turn

HERE = Path(__file__).parent
RANKS = HERE / "ranks.py"


PROGRAM = """
import os, runpy, sys

os.environ["MEETING"] = "file://{folder}/meeting?rank={rank}&world_size=2"
sys.argv = ["ranks.py", "run7", "{folder}"]
runpy.run_path("{ranks}")["feed"].close()  # the engine lives on
"""


def watch(view: vultorch.View, folder: Path, check: Callable[[], None], wait: Callable[[], None]) -> None:
    """Sees both ranks, moves their slider, stops them, and finds all that they have said.

    ``check`` raises what went wrong in a rank, and ``wait`` waits for both to end.
    """

    def shows_both() -> bool:
        check()
        return turn(view) and None not in (shown(view, 0), shown(view, 1))

    wait_until(shows_both)
    assert [shown(view, rank) for rank in (0, 1)] == [pytest.approx(0.2, abs=0.01), pytest.approx(0.7, abs=0.01)]
    steered(view, folder).command("stop")
    assert not turn(view)
    wait()
    after = late()
    assert len(after.history()["loss · rank 1"]) == len(said_alike(folder))
    after.close()


# --- ipyparallel -----------------------------------------------------------------------------------------------------


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[ipyparallel.Client]:
    # One process for the hub and all schedulers, which takes no engine for dead that is only slow.
    controller = ["--usethreads", f"--HeartMonitor.max_heartmonitor_misses={int(PATIENCE)}"]
    (tmp_path / "ipengine_config.py").write_text(f"get_config().IPEngine.timeout = {PATIENCE}")
    with ipyparallel.Cluster(
        n=2, profile_dir=str(tmp_path), controller_args=controller, log_level=30, engine_timeout=int(PATIENCE)
    ) as engines:
        yield engines


def test_two_engines_are_shown_and_steered_in_the_same_step_and_stopped(
    engines: ipyparallel.Client, view: vultorch.View, tmp_path: Path
) -> None:
    view.attach("run7")
    trained = [
        engines[rank].execute(PROGRAM.format(ranks=RANKS, folder=tmp_path, rank=rank), block=False) for rank in (0, 1)
    ]

    def check() -> None:
        for one in trained:
            if one.ready():
                one.get()  # raises what went wrong there

    def wait() -> None:
        for one in trained:
            one.get(PATIENCE)

    watch(view, tmp_path, check, wait)


# --- Ray Train -------------------------------------------------------------------------------------------------------


class Program:
    """The program that starts Ray, which has its sockets and logs in the folder ``place``."""

    def __init__(self, folder: Path, place: str) -> None:
        self.log = folder / "log"
        with self.log.open("wb") as file:
            self._process = subprocess.Popen(
                [sys.executable, str(HERE / "ray_train.py"), str(RANKS), "run7", str(folder), place],
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        self._place = place

    def check(self) -> None:
        assert self._process.poll() is None, self.log.read_text()

    def wait(self) -> None:
        assert self._process.wait(PATIENCE) == 0, self.log.read_text()

    def others(self) -> list[psutil.Process]:
        """Ray's own processes. All of them have logs open, and some write over their arguments and environment."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):  # it has ended, or is somebody else's
                if any(file.path.startswith(self._place) for file in process.open_files()):
                    found.append(process)
        return found

    def kill(self) -> None:
        for process in [self._process, *self.others()]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()


@pytest.fixture
def ray_train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    seconds = str(int(PATIENCE))
    for name, value in (
        ("HOME", str(tmp_path)),  # where Ray writes a token
        ("RAY_USAGE_STATS_ENABLED", "0"),
        ("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0"),  # which listens on the loopback interface alone, also on Linux
        ("RAY_worker_niceness", "0"),  # the machine is busy with other tests, beside which it would hardly run
        ("RAY_memory_monitor_refresh_ms", "0"),  # would end workers for what other tests need
        ("RAY_agent_register_timeout_ms", f"{seconds}000"),
        ("RAY_worker_register_timeout_seconds", seconds),
        ("RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S", seconds),
        ("RAY_TRAIN_HEALTH_CHECK_INTERVAL_S", "0.1"),  # after which it sees that its workers have ended
    ):
        monkeypatch.setenv(name, value)
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp", ignore_cleanup_errors=True) as place:
        program = Program(tmp_path, place)
        yield program
        program.kill()


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: `make setup`, or no wheel")
def test_two_workers_of_ray_train_are_shown_and_steered_in_the_same_step_and_stopped_and_leave_no_process(
    ray_train: Program, view: vultorch.View, tmp_path: Path
) -> None:
    view.attach("run7")
    watch(view, tmp_path, ray_train.check, ray_train.wait)
    wait_until(lambda: not ray_train.others(), lambda: str(ray_train.others()))
