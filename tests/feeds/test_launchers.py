"""Launchers other than torchrun: engines of ipyparallel feed a run, and the notebook that started them watches it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ipyparallel
import pytest

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import PATIENCE, wait_until

from .watching import caption, shown, turn

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
                one.get()  # raises what has gone wrong there
        return turn(view) and None not in (shown(view, 0), shown(view, 1))

    wait_until(shows_both)
    assert [shown(view, rank) for rank in (0, 1)] == [pytest.approx(0.2, abs=0.01), pytest.approx(0.7, abs=0.01)]
    page = Page(view).open()
    turn(view)
    page.set("run7", "slider:rate", 0.75)
    wait_until(lambda: turn(view) and all("0.75" in (tmp_path / f"rank{rank}").read_text() for rank in (0, 1)))
    page.command("stop")
    assert not turn(view)
    for one in trained:
        one.get(PATIENCE)
    said = [(tmp_path / f"rank{rank}").read_text().splitlines() for rank in (0, 1)]
    assert said[0] == said[1]  # every value in the same step, and the same last step
    late = vultorch.View("late", headless=True)
    late.attach("run7")
    wait_until(lambda: turn(late) and "ended" in caption(late, 0) and "ended" in caption(late, 1))
    assert len(late.history()["loss · rank 1"]) == len(said[1])
    late.close()
