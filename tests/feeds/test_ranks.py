"""Two torchrun ranks, watched by a view: pictures, scalars, sliders, Stop, and bad endings."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import vultorch_widget as vultorch
from tests.patience import PATIENCE, wait_until
from vultorch_widget.feeds import reader, register
from vultorch_widget.feeds.audience import FORGOTTEN

from .watching import caption, late, said_alike, shown, steered, turn

RANKS = Path(__file__).with_name("ranks.py")
TOKEN = "a-token-of-the-user"
Launch = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
        started.append(
            subprocess.Popen([*torchrun, str(RANKS), "run7", str(tmp_path), *arguments], start_new_session=True)
        )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(PATIENCE)


def test_two_ranks_are_shown_steered_in_the_same_step_and_stopped(
    launch: Launch, view: vultorch.View, tmp_path: Path
) -> None:
    view.attach("run7")  # before they begin
    assert "Nothing of run 'run7'" in view._parts.tree.notices[0]
    ranks = launch(TOKEN)
    wait_until(lambda: turn(view) and None not in (shown(view, 0), shown(view, 1)))
    assert [shown(view, rank) for rank in (0, 1)] == [pytest.approx(0.2, abs=0.01), pytest.approx(0.7, abs=0.01)]
    wait_until(lambda: turn(view) and len(view.history().get("loss · rank 1", ())) > 50)
    steps, losses = view.history()["loss · rank 1"].T
    assert list(steps) == list(range(len(steps)))  # none is lost
    assert list(losses) == [1 / (step + 1) for step in steps]
    assert caption(view, 1).startswith("rank 1 · step ")
    assert any("'wrong' of rank 1 cannot be shown" in notice for notice in view._parts.tree.notices)

    announced = register.find("run7", 1)
    assert announced is not None
    far = vultorch.View("far", headless=True)
    far.attach(f"{announced.host}:{announced.port}", token=TOKEN)  # which leads to the other rank
    wait_until(lambda: turn(far) and None not in (shown(far, 0), shown(far, 1)))
    far.close()

    page = steered(view, tmp_path)
    wait_until(lambda: turn(view) and any("parameters of rank 1" in notice for notice in view._parts.tree.notices))
    strip = view.panel("run7").canvas("parameters")
    assert strip.marks()[0].caption == "rank 1 differs since step 40"
    assert not any("Nothing of run" in notice for notice in view._parts.tree.notices)  # it has begun
    page.command("stop")
    assert not turn(view)
    assert ranks.wait(PATIENCE) == 0
    after = late()
    assert len(after.history()["loss · rank 0"]) == len(said_alike(tmp_path))
    assert shown(after, 1) == pytest.approx(0.7, abs=0.01)
    after.close()


def test_a_rank_that_is_stopped_or_killed_is_gone_and_the_other_goes_on_and_its_last_state_stays(
    view: vultorch.View, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "GONE", 1.0)  # this is waited for four times
    program = (
        "import time, torch, vultorch_widget as v\n"
        "feed = v.feed('run7')\n"
        "for step in range(100000):\n"
        "    feed.show(prediction=torch.full((8, 8), step % 100 / 100)); feed.log(loss=0.5, step=step)\n"
        "    time.sleep(0.01)\n"
    )

    def start(rank: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", program], env={**os.environ, "RANK": str(rank), "WORLD_SIZE": "2"}
        )

    ranks = [start(0), start(1)]
    try:
        wait_until(lambda: register.ranks("run7") == [0, 1])
        view.attach("run7")
        wait_until(lambda: turn(view) and None not in (shown(view, 0), shown(view, 1)))
        ranks[1].send_signal(signal.SIGSTOP)
        wait_until(lambda: turn(view) and "gone since" in caption(view, 1))
        time.sleep(FORGOTTEN)  # this is what is tested: after this time the rank forgets a silent notebook
        wait_until(lambda: turn(view) and len(view.history().get("loss · rank 0", ())) > 50)
        step = caption(view, 0)
        wait_until(lambda: turn(view) and caption(view, 0) != step)
        ranks[1].send_signal(signal.SIGCONT)
        wait_until(lambda: turn(view) and "gone since" not in caption(view, 1))
        before = shown(view, 1)
        wait_until(lambda: turn(view) and shown(view, 1) != before)
        ranks[1].kill()
        ranks[1].wait()
        wait_until(lambda: turn(view) and "gone since" in caption(view, 1))
        ranks.append(start(1))
        wait_until(lambda: turn(view) and "gone since" not in caption(view, 1))
        wait_until(lambda: turn(view) and "gone" not in caption(view, 0))  # but when the machine let none of it run
        assert "recvValue" not in capfd.readouterr().err  # torch's warnings would appear in the cell
        files = [register.left("run7", rank) for rank in (0, 1)]
        for file in files:
            file.unlink(missing_ok=True)
        wait_until(lambda: all(file.exists() for file in files))  # with everything up to now
        for rank in (ranks[0], ranks[-1]):
            rank.kill()
            rank.wait()
        wait_until(lambda: turn(view) and all("gone since" in caption(view, rank) for rank in (0, 1)))
        files[1].unlink()  # nobody has removed them: another notebook may need them
        late = vultorch.View("late", headless=True)
        late.attach("run7")
        wait_until(lambda: turn(late) and any("Rank 1" in notice for notice in late._parts.tree.notices))
        assert register.ranks("run7") == [0]  # ranks that left nothing are removed
        wait_until(lambda: turn(late) and "gone since" in caption(late, 0))
        steps = late.history()["loss · rank 0"][:, 0].tolist()
        assert steps == list(range(len(steps)))
        assert len(steps) > 50
        late.close()
    finally:
        for rank in ranks:
            rank.kill()
            rank.wait()
