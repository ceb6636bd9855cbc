"""A training in another process, watched from a real kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ports import free_port

from .kernel import Kernel

pytestmark = pytest.mark.kernel

ATTACH = """
import os
os.environ["VULTORCH_FEEDS"] = {folder!r}
import subprocess, sys
import vultorch_widget as vultorch
"""
TRAIN = """
import time, torch, vultorch_widget
feed = vultorch_widget.feed("run7")
for step in range(100000):
    feed.show(prediction=torch.full((8, 8), 0.5))
    feed.log(loss=0.5, step=step)
    if feed.stopped:
        break
    time.sleep(0.01)
"""


def test_a_run_outlives_the_kernel_that_watched_it_and_is_stopped_by_the_next(tmp_path: Path) -> None:
    first = Kernel()
    second = Kernel()
    try:
        for kernel in (first, second):
            kernel.run(ATTACH.format(folder=str(tmp_path)))
        first.run(f"training = subprocess.Popen([sys.executable, '-c', {TRAIN!r}], start_new_session=True)")
        process = first.value("training.pid")
        first.run("view = vultorch.View('feeds'); view.attach('run7')")
        first.eventually("len(view.history().get('loss', ())) > 20")
        assert first.value("view.state") == "running"
        first.close()
        second.run("view = vultorch.View('feeds'); view.attach('run7')")
        second.eventually("len(view.history().get('loss', ())) > 20")
        assert second.value("view.history()['loss'][:3, 0].tolist()") == [0.0, 1.0, 2.0]  # from the beginning
        second.run("view.stop()")
        second.eventually(f"not os.path.exists('/proc/{process}') or 'zombie' in open('/proc/{process}/status').read()")
        assert second.value("view._parts.tree.notices")[1:] == []
    finally:
        first.close()
        second.close()


PROGRAM = """
import os
os.environ["VULTORCH_FEEDS"] = {folder!r}
import logging, threading, time, warnings
warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
import torch
torch.set_num_threads(1)
import vultorch_widget as vultorch

def say(feed, step):
    rate = feed.slider("rate", 0.0, 1.0, default=0.25)
    feed.show(prediction=torch.full((8, 8), 0.2 + 0.5 * feed.rank))
    feed.log(loss=rate, step=step)
    time.sleep(0.01)
    return feed.stopped
"""
LAUNCHERS = {
    "notebook_launcher": """
import torch.distributed as dist
import accelerate.launchers
from accelerate import notebook_launcher

accelerate.launchers.print = lambda *said: None  # it would stand in the output of another cell

def train():
    dist.init_process_group("gloo")
    feed = vultorch.feed("run7")
    step = 0
    while not say(feed, step):
        step += 1
    dist.destroy_process_group()

launch = lambda: notebook_launcher(train, num_processes=2, use_port="PORT")
""",
    "ddp_notebook": """
import lightning as L
from torch.utils.data import DataLoader, TensorDataset

class Module(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)

    def on_fit_start(self):
        self.feed = vultorch.feed("run7")

    def training_step(self, batch, index):
        self.trainer.should_stop = say(self.feed, self.trainer.global_step)
        return self.layer(batch[0]).square().mean()

trainer = L.Trainer(
    max_epochs=100_000, strategy="ddp_notebook", accelerator="cpu", devices=2, logger=False,
    enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
)
launch = lambda: trainer.fit(Module(), DataLoader(TensorDataset(torch.rand(64, 1)), 8))
""",
}
SHOWN = "float(view.panel('run7 · rank {rank}').canvas('prediction').tensor.float().mean()) / 255"
CAPTION = "view.panel('run7 · rank {rank}').canvas('prediction').marks()[0].caption"
FIRST = "next(row[0] for row in view.history()['loss · rank {rank}'] if row[1] == 0.75)"


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_ranks_that_a_launcher_forks_from_the_kernel_are_watched_steered_and_stopped_there(
    launcher: str, tmp_path: Path
) -> None:
    kernel = Kernel()
    try:
        kernel.run(PROGRAM.format(folder=str(tmp_path)))
        assert "Error" not in kernel.run(LAUNCHERS[launcher].replace("PORT", str(free_port())))
        kernel.run("view = vultorch.View('feeds'); view.attach('run7')")
        kernel.run("training = threading.Thread(target=launch); training.start()")
        for rank in (0, 1):
            kernel.eventually(f"len(view.history().get('loss · rank {rank}', ())) > 20")
            kernel.eventually(f"view.panel('run7 · rank {rank}').canvas('prediction').tensor is not None")
        shown = [kernel.value(SHOWN.format(rank=rank)) for rank in (0, 1)]
        assert shown == [pytest.approx(0.2, abs=0.01), pytest.approx(0.7, abs=0.01)]
        kernel.run("view.panel('run7').set('rate', 0.75)")
        for rank in (0, 1):
            kernel.eventually(f"view.history()['loss · rank {rank}'][-1, 1] == 0.75")
        assert kernel.value(FIRST.format(rank=0)) == kernel.value(FIRST.format(rank=1))  # the same step
        kernel.run("view.stop()")
        kernel.eventually("not training.is_alive()")
        for rank in (0, 1):
            kernel.eventually(f"'ended at' in {CAPTION.format(rank=rank)}")
        counts = kernel.value("[len(rows) for rows in view.history().values()]")
        assert counts == 2 * [kernel.value("view.iteration") + 1]  # none is lost
    finally:
        kernel.close()
