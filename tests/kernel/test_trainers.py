"""Trainers in a real kernel: `fit` in a cell, in a thread, and in processes forked from the kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .kernel import Kernel

pytestmark = pytest.mark.kernel

PROGRAM = """
import logging, threading, time, warnings
from pathlib import Path
warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
import torch
torch.set_num_threads(1)
import vultorch_widget as vultorch
from tests.loops.trainers import EPOCHS, STEPS, TRAINERS, Net
folder = Path({folder!r})
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    kernel = Kernel()
    kernel.run(PROGRAM.format(folder=str(tmp_path_factory.mktemp("trainers"))))
    yield kernel
    kernel.close()


@pytest.mark.parametrize("framework", ["lightning", "hf", "fastai"])
def test_a_fit_that_blocks_its_cell_and_one_in_a_thread_are_watched(kernel: Kernel, framework: str) -> None:
    kernel.run(f"view = vultorch.View('{framework}', 600, 300); net = Net()")
    kernel.run("watch = view.watch(lambda: {'picture': torch.rand(8, 8)}, lr='scale')")
    kernel.run(f"trained = TRAINERS['{framework}'](net, watch, folder)")
    assert kernel.value("[view.iteration, view.state, view._parts.tree.notices]") == [40, "idle", []]
    kernel.run(
        f"thread = threading.Thread(target=lambda: TRAINERS['{framework}'](Net(), watch, folder)); thread.start()"
    )
    kernel.eventually("not thread.is_alive()")
    assert kernel.value("[view.iteration, view.state, view._parts.tree.notices]") == [80, "idle", []]
    kernel.run("view.close()")


def test_processes_that_a_launcher_forks_train_without_the_view(kernel: Kernel, tmp_path: Path) -> None:
    """Accelerate's `notebook_launcher` and Lightning's `ddp_notebook` start their processes like this."""
    kernel.run(
        f"""
import multiprocessing
view = vultorch.View('launched', 600, 300)
def train(rank):
    done = sum(1 for _ in view.loop(range(5), epochs=2))
    Path({str(tmp_path)!r}, f'rank{{rank}}').write_text(str(done))
forking = multiprocessing.get_context('fork')
view.run()
view.pause()
ranks = [forking.Process(target=train, args=(rank,)) for rank in range(2)]
[rank.start() for rank in ranks]
[rank.join() for rank in ranks]
"""
    )
    assert kernel.value("[rank.exitcode for rank in ranks]") == [0, 0]
    assert [(tmp_path / f"rank{rank}").read_text() for rank in range(2)] == ["10", "10"]
    assert kernel.value("view.state") == "paused"
    kernel.run("view.close()")
