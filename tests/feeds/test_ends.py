"""Ends and restarts: feeds that are closed, runs that are started again, processes that are forked."""

from __future__ import annotations

import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import torch

import vultorch_widget as vultorch
from tests.patience import PATIENCE, wait_until
from tests.ports import free_port
from vultorch_widget.feeds import attached, register
from vultorch_widget.feeds import feed as feeds

from .watching import caption, shown, turn

TOKEN = "a-token-of-the-user"
Train = Callable[..., vultorch.Feed]


@pytest.fixture
def train(monkeypatch: pytest.MonkeyPatch) -> Iterator[Train]:
    """Opens or reopens a feed of run7, and logs its loss at some steps."""
    opened: list[vultorch.Feed] = []

    def train_one(steps: range, rank: int = 0, world: int = 1, run: str = "run7", **where: str) -> vultorch.Feed:
        monkeypatch.setenv("RANK", str(rank))
        monkeypatch.setenv("WORLD_SIZE", str(world))
        feed = vultorch.feed(run, **where)
        opened.append(feed)
        for step in steps:
            feed.show(prediction=torch.full((4, 4), rank / 2))
            feed.log(loss=step + 0.5, step=step)
        return feed

    yield train_one
    for feed in opened:
        feed.close()


def steps(view: vultorch.View, name: str = "loss") -> list[int]:
    rows = view.history().get(name)
    return [] if rows is None else rows[:, 0].astype(int).tolist()


def sees(view: vultorch.View, *found: int, name: str = "loss") -> None:
    wait_until(lambda: turn(view) and steps(view, name) == list(found))


def notices(view: vultorch.View, *found: str) -> None:
    """Waits until the view has these notices and no others: where a rank was not heard for a moment, it has told so."""

    def told() -> bool:
        turn(view)
        there = view._parts.tree.notices
        return len(there) == len(found) and all(part in notice for part, notice in zip(found, there, strict=True))

    wait_until(told, lambda: str(view._parts.tree.notices))


def earlier(view: vultorch.View) -> dict[str, list[str]]:
    return {ghost.name: sorted(ghost.series) for ghost in view.ghosts}


# --- runs that begin anew --------------------------------------------------------------------------------------------


def test_a_run_that_begins_anew_is_seen_from_its_first_step_and_the_one_before_stays_pale(
    view: vultorch.View, train: Train
) -> None:
    train(range(50))
    view.attach("run7")
    sees(view, *range(50))
    train(range(3))
    sees(view, 0, 1, 2)
    assert view.iteration == 2
    assert earlier(view) == {"run 1": ["loss"]}
    assert [(mark.step, mark.text) for mark in view._parts.metrics.timeline.marks] == [(0, "run7 restarted")]
    train(range(2))
    sees(view, 0, 1)
    assert earlier(view) == {"run 1": ["loss"], "run 2": ["loss"]}
    notices(view)


def test_one_that_goes_on_from_a_checkpoint_repeats_only_the_steps_after_it(view: vultorch.View, train: Train) -> None:
    train(range(50))
    view.attach("run7")
    sees(view, *range(50))
    train(range(40, 43))
    sees(view, *range(43))
    (curve,) = view._parts.metrics.ghosts.curves
    assert curve.steps == tuple(range(40, 50))
    train(range(43, 45))  # exactly where the last one ended
    sees(view, *range(45))
    assert len(view.ghosts) == 1


def test_a_rank_that_begins_anew_leaves_the_others_alone(view: vultorch.View, train: Train) -> None:
    feeds = [train(range(20), rank, 2) for rank in (0, 1)]
    view.attach("run7")
    for rank in (0, 1):
        sees(view, *range(20), name=f"loss · rank {rank}")
    train(range(4), 1, 2)
    sees(view, *range(4), name="loss · rank 1")
    feeds[0].log(loss=1.0, step=20)
    sees(view, *range(21), name="loss · rank 0")
    assert view.iteration == 20
    assert earlier(view) == {"run 1": ["loss · rank 1"]}
    train(range(2), 0, 2)
    sees(view, 0, 1, name="loss · rank 0")
    assert view.iteration == 3
    assert earlier(view) == {"run 1": ["loss · rank 0", "loss · rank 1"]}
    names = list(view.history())
    assert names == ["loss · rank 0", "loss · rank 1"]  # so that each keeps its colour


def test_steps_that_go_back_in_one_feed_are_told_and_left_out(view: vultorch.View, train: Train) -> None:
    feed = train(range(10))
    view.attach("run7")
    sees(view, *range(10))
    for step in (3, 4, 5, 10):
        feed.log(loss=1.0, step=step)
    sees(view, *range(11))
    notices(view, "'loss' at step 3, after step 9")


def test_a_value_that_the_chart_refuses_is_told_once_and_costs_no_other(view: vultorch.View, train: Train) -> None:
    view.log(loss=1.0, step=20)  # by the notebook itself
    feed = train(range(10))
    feed.log(accuracy=0.5, step=3)
    view.attach("run7")
    sees(view, 3, name="accuracy")
    assert steps(view) == [20]
    notices(view, "'loss' at step 0. The chart leaves such values out: step of 'loss' must not go back from its last")


def test_two_runs_in_one_view_have_scalars_of_their_own(view: vultorch.View, train: Train) -> None:
    train(range(5))
    train(range(3), run="run8")
    view.attach("run7")
    view.attach("run8")
    sees(view, *range(5))
    sees(view, *range(3), name="loss · run8")
    notices(view)


def test_of_a_rank_without_pictures_a_notice_tells_that_it_has_ended(view: vultorch.View, train: Train) -> None:
    feed = vultorch.feed("run7")
    feed.log(loss=0.5, step=7)
    view.attach("run7")
    sees(view, 7)
    notices(view)
    feed.close()
    notices(view, "Rank 0 of run 'run7' has ended at ")
    assert view._parts.tree.notices[0].endswith(", at step 7.")
    feed = vultorch.feed("run7")
    notices(view)
    feed.close()


# --- feeds that are closed -------------------------------------------------------------------------------------------


def test_a_feed_that_is_closed_says_so_once_and_takes_no_more_memory(train: Train) -> None:
    feed = train(range(3))
    feed.close()
    with pytest.warns(RuntimeWarning, match=r"log: the feed of run 'run7' is closed.*call feed\('run7'\) again"):
        feed.log(loss=1.0)
    feed.show(prediction=torch.ones(4, 4))  # no second warning: warnings are errors here
    tracemalloc.start()
    for step in range(20_000):
        feed.log(loss=1.0, step=step)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 100_000


def test_of_a_feed_whose_file_is_damaged_a_notice_says_that_it_has_ended(view: vultorch.View, train: Train) -> None:
    train(range(3)).close()
    wait_until(lambda: (said := register.find("run7", 0)) is not None and said.port == 0)  # all is written
    path = register.left("run7", 0)
    path.write_bytes(path.read_bytes()[:100])
    view.attach("run7")
    wait_until(lambda: turn(view) and view._parts.tree.notices)
    (notice,) = view._parts.tree.notices
    assert notice.startswith("Rank 0 of run 'run7' has ended, and what it has left is lost: ")


def test_a_feed_at_an_address_can_be_read_after_its_end_until_another_takes_its_place(
    view: vultorch.View, train: Train
) -> None:
    feed = train(range(100), rank=1, world=2, address="127.0.0.1", token=TOKEN)
    feed.close()
    view.attach(feed.address, token=TOKEN)
    wait_until(lambda: turn(view) and "ended at" in caption(view, 1))
    sees(view, *range(100), name="loss · rank 1")
    assert shown(view, 1) == pytest.approx(0.5, abs=0.01)
    again = train(range(2), rank=1, world=2, address="127.0.0.1", token=TOKEN)
    assert again.address != feed.address
    far = vultorch.View("far", headless=True)
    far.attach(feed.address, token=TOKEN)
    wait_until(lambda: turn(far) and any("does not answer" in notice for notice in far._parts.tree.notices))
    far.close()
    again.close()
    host, port = again.address.rsplit(":", 1)
    other = train(range(7), address=f"{host}:{port}", token=TOKEN, run="run8")  # another run on the same port
    near = vultorch.View("near", headless=True)
    near.attach(other.address, token=TOKEN)
    sees(near, *range(7))
    near.close()


def test_one_whose_last_values_cannot_be_posted_has_ended_all_the_same(
    view: vultorch.View, train: Train, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = train(range(5))
    view.attach("run7")
    sees(view, *range(5))
    monkeypatch.setattr(feed._posting.scalars, "post", lambda *, whole, ended: 1 / 0)
    feed.close()
    wait_until(lambda: turn(view) and "ended at" in caption(view))
    assert "could not be served" in caplog.text
    late = vultorch.View("late", headless=True)
    late.attach("run7")
    wait_until(lambda: turn(late) and "ended at" in caption(late))
    late.close()


def test_one_that_cannot_leave_a_file_says_all_the_same_that_its_port_is_closed(train: Train) -> None:
    feed = train(range(3))
    path = register.left("run7", 0)

    def blocked() -> bool:  # as by a full disk
        with suppress(OSError):  # the feed may write it at the same time
            path.unlink(missing_ok=True)
            path.mkdir()
        return path.is_dir()

    wait_until(blocked)
    feed.close()
    wait_until(lambda: (said := register.find("run7", 0)) is not None and said.port == 0)


def test_readers_of_addresses_where_nobody_answers_make_way_for_ranks_that_do(
    view: vultorch.View, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attached, "MOST_RANKS", 4)
    others = [f"127.0.0.1:{free_port()}" for _ in range(3)]  # where nobody is
    monkeypatch.setattr(feeds, "gathered", lambda own: [own, *others])
    first = train(range(1), world=4, address="127.0.0.1", token=TOKEN)
    view.attach(first.address, token=TOKEN)
    (source,) = view._parts.hearing.sources
    assert isinstance(source, attached.Attached)
    wait_until(lambda: turn(view) and set(source._readers) == {first.address, *others})
    others[:] = [train(range(1), rank, 4, address="127.0.0.1", token=TOKEN).address for rank in (1, 2, 3)]
    train(range(1), world=4, address=first.address, token=TOKEN)  # the run has started again
    wait_until(lambda: turn(view) and all(caption(view, rank) for rank in range(4)))
    assert set(source._readers) == {first.address, *others}


def test_a_feed_whose_ranks_do_not_meet_leaves_neither_its_thread_nor_its_port(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    def alone(own: str) -> list[str]:
        raise RuntimeError(f"nobody else has come to {own}")

    monkeypatch.setattr(feeds, "gathered", alone)
    where = {"address": f"127.0.0.1:{free_port()}", "token": TOKEN}
    with pytest.raises(RuntimeError, match="nobody else has come"):
        train(range(1), world=2, **where)
    assert "vultorch feed run7" not in [thread.name for thread in threading.enumerate()]
    train(range(1), **where)


# --- processes -------------------------------------------------------------------------------------------------------

FORKED = """
import gc, multiprocessing, os, sys
import torch
import vultorch_widget as vultorch

torch.set_num_threads(1)
view = vultorch.View("parent", headless=True)
parents = vultorch.feed("run7")
parents.log(loss=0.5)
view.attach("run7")
while "loss" not in view.history():
    view.step(), view.end_step()


def train():
    global parents
    for _ in range(50):
        view.step(), view.end_step()  # it is the parent's, and shows nothing
    parents.log(loss=1.0)  # is not ours, and says nothing
    parents = vultorch.feed("run7")
    gc.collect()  # the parent's is not ended: torch would wait for a thread that is not here
    for step in range(10):
        parents.show(prediction=torch.full((4, 4), 0.5))
        parents.log(loss=step, step=step)


child = multiprocessing.get_context("fork").Process(target=train)
child.start()
child.join()
parents.log(loss=0.25)
print(child.exitcode)
"""


def test_a_feed_of_a_forked_process_ends_with_it_and_leaves_all_it_has_said(
    view: vultorch.View, tmp_path: Path
) -> None:
    program = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKED], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert program.stdout.split() == ["0"]
    view.attach("run7")
    wait_until(lambda: turn(view) and "ended at" in caption(view))
    assert steps(view) == list(range(10))
    assert shown(view) == pytest.approx(0.5, abs=0.01)


WORKING = """
import multiprocessing, os, threading
import vultorch_widget as vultorch
from vultorch_widget.feeds.hushed import _level, hushed

level = _level()
before = level.value
feed = vultorch.feed("run7", address="127.0.0.1", token="a-token-of-the-user")
context = multiprocessing.get_context("fork")
inside, over, told = threading.Event(), threading.Event(), context.SimpleQueue()


def asks():
    with hushed():
        inside.set()
        over.wait()


def works():
    silent = [level.value]
    with hushed():
        silent.append(level.value)
    told.put(silent + [level.value])
    os.read(reading, 1)  # as long as the parent lives


reading, writing = os.pipe()
asking = threading.Thread(target=asks)
asking.start()
inside.wait()
worker = context.Process(target=works, daemon=True)
worker.start()
over.set()
asking.join()
assert told.get() == [before, 3, before], "torch's log stays silent in the worker"
assert level.value == before
again = vultorch.feed("run7", address=feed.address, token="a-token-of-the-user")
print(worker.is_alive(), again.address == feed.address)
worker.terminate()
worker.join()
"""


def test_a_worker_that_is_forked_meanwhile_keeps_neither_the_port_nor_the_silence_of_torch_s_log() -> None:
    program = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WORKING], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert program.stdout.split() == ["True", "True"], program.stderr


REOPENED = """
import torch.distributed as dist
import vultorch_widget as vultorch

dist.init_process_group("gloo")
for place in ({}, {"address": "127.0.0.1", "token": "a-token-of-the-user"}, {}):
    feed = vultorch.feed("run7", **place)
    for step in range(20):
        feed.slider("rate")
    feed.close()
if dist.get_rank() == 0:
    print(dist.get_pg_count())
dist.destroy_process_group()
"""


def test_feeds_that_are_opened_again_share_one_process_group(tmp_path: Path) -> None:
    program = tmp_path / "reopened.py"
    program.write_text(REOPENED)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(program)]
    done = subprocess.run(torchrun, capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stdout.split() == ["2"]  # the training's, and ours
