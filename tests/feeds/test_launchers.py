"""Launchers other than torchrun: ipyparallel engines feed a run, and the notebook that started them watches it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ipyparallel
import pytest

import vultorch_widget as vultorch
from tests.patience import PATIENCE, wait_until

from .watching import late, said_alike, shown, steered, turn

RANKS = Path(__file__).with_name("ranks.py")


PROGRAM = """
import os, runpy, sys

os.environ["MEETING"] = "file://{folder}/meeting?rank={rank}&world_size=2"
sys.argv = ["ranks.py", "run7", "{folder}"]
runpy.run_path("{ranks}")["feed"].close()  # the engine lives on
"""


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[ipyparallel.Client]:
    one_process = ["--usethreads"]  # for the hub and all schedulers
    (tmp_path / "ipengine_config.py").write_text(f"get_config().IPEngine.timeout = {PATIENCE}")
    with ipyparallel.Cluster(
        n=2, profile_dir=str(tmp_path), controller_args=one_process, log_level=30, engine_timeout=int(PATIENCE)
    ) as engines:
        yield engines


def test_two_engines_are_shown_and_steered_in_the_same_step_and_stopped(
    engines: ipyparallel.Client, view: vultorch.View, tmp_path: Path
) -> None:
    view.attach("run7")
    trained = [
        engines[rank].execute(PROGRAM.format(ranks=RANKS, folder=tmp_path, rank=rank), block=False) for rank in (0, 1)
    ]

    def shows_both() -> bool:
        for one in trained:
            if one.ready():
                one.get()  # raises what went wrong there
        return turn(view) and None not in (shown(view, 0), shown(view, 1))

    wait_until(shows_both)
    assert [shown(view, rank) for rank in (0, 1)] == [pytest.approx(0.2, abs=0.01), pytest.approx(0.7, abs=0.01)]
    steered(view, tmp_path).command("stop")
    assert not turn(view)
    for one in trained:
        one.get(PATIENCE)
    after = late()
    assert len(after.history()["loss · rank 1"]) == len(said_alike(tmp_path))
    after.close()
