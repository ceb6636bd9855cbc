"""A trainer's `fit` that blocks its cell, and one in a thread, watched and steered from JupyterLab."""

from __future__ import annotations

import pytest

from vultorch_widget.loops.rate import SCALE

from .conftest import OpenNotebook
from .lab import Lab
from .notebook import Notebook

pytestmark = pytest.mark.browser

PROGRAM = """
import logging, threading, time, warnings
warnings.simplefilter("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
import lightning as L
import torch
from torch.utils.data import DataLoader, TensorDataset
import vultorch_widget as vultorch

torch.set_num_threads(1)
rates, validations = [], []

class Module(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def training_step(self, batch, index):
        time.sleep(0.02)
        loss = (self.layer(batch[0]) - batch[1]).square().mean()
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch, index):
        time.sleep(0.02)
        validations.append(index)
        self.log("val_loss", (self.layer(batch[0]) - batch[1]).square().mean())

    def on_train_batch_end(self, *_):
        rates.append(self.lr_schedulers().get_last_lr()[0])

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), 0.1)
        schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.999)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

data = TensorDataset(torch.rand(64, 2), torch.rand(64, 1))
module = Module()
view = vultorch.View("lightning", 1000, 420)
watch = view.watch(show=lambda: {"weights": module.layer.weight.abs().clamp(0, 1)}, lr="scale")
trainer = L.Trainer(
    max_epochs=100_000, callbacks=[watch.lightning()], accelerator="cpu", logger=False, enable_checkpointing=False,
    enable_progress_bar=False, enable_model_summary=False,
)
fit = lambda: trainer.fit(module, DataLoader(data, 8), DataLoader(data, 8))
"""
BLOCKING = "fit(); print('fitted')"
IN_A_THREAD = "thread = threading.Thread(target=fit); thread.start()"
SLIDER = f"slider:{SCALE}"


STANDS_STILL = """async () => {
    const lines = () => document.querySelector('.vw-root').innerText.split('\\n');
    const epochs = () => lines().filter((line) => line.includes('epoch')).join();
    const before = epochs();
    for (let frame = 0; frame < 20; frame++) await new Promise(requestAnimationFrame);
    return epochs() === before;
}"""
"""Whether no batch, of which each takes 20 ms, is counted during 20 animation frames."""


EPOCH = r"Number(/epoch ([\d,]+) of/.exec(document.querySelector('.vw-root').innerText)?.[1].replaceAll(',', ''))"


def wait_for_text(notebook: Notebook, said: str) -> None:
    notebook.wait_until("said => document.querySelector('.vw-root')?.innerText.includes(said)", said)


def steer(notebook: Notebook) -> None:
    """Moves the slider, pauses in a validation if that comes first, resumes, and stops."""
    notebook.root.wait_for()
    notebook.root.evaluate("root => root.scrollIntoView({ block: 'center' })")  # a page out of sight gets nothing
    wait_for_text(notebook, "validation batch")
    wait_for_text(notebook, "of 100,000 · batch")
    wait_for_text(notebook, "val_loss")
    notebook.wait_until("() => document.querySelector('[data-vw-canvas]')?.width > 1")
    track = notebook.control(SLIDER).locator("input[type=range]")
    track.focus()
    for _ in range(5):
        track.press("ArrowRight")
    notebook.button("Pause").click()
    notebook.wait_for_state("paused")
    notebook.wait_until(STANDS_STILL)
    notebook.screenshot("lightning-paused")
    paused_in = notebook.page.evaluate(EPOCH)
    notebook.button("Resume").click()
    notebook.wait_for_state("running")
    notebook.wait_until(f"epoch => {EPOCH} > epoch", paused_in + 1)  # so that steps have used what the keys set
    wait_for_text(notebook, "validation batch")
    notebook.button("Stop").click()
    notebook.wait_for_state("stopped")


def check(notebook: Notebook) -> None:
    """What the kernel knows at the end: the schedule ran as written, and the rates used differed from it."""
    expression = """(
        trainer.should_stop, len(validations) > 8, view._parts.tree.notices,
        max(abs(rate - 0.1 * 0.999 ** (n + 1)) for n, rate in enumerate(rates)),
        view.panel('training').get(watch._course.rate and 'SCALE'), view.iteration == len(rates),
        float(dict((n, r) for n, _, r in view._parts.metrics.patches({}))['lr'][-1][4]) / rates[-2],
    )""".replace("watch._course.rate and 'SCALE'", repr(SCALE))
    stopped, validated, notices, error, scale, counted, factor = notebook.evaluate(expression)
    assert (stopped, validated, notices, counted) == (True, True, [], True)
    assert error < 1e-12
    assert scale > 1.0
    assert factor == pytest.approx(scale)


def test_lightning_in_a_cell_is_steered_from_the_page(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([PROGRAM, BLOCKING])
    notebook.run(0)
    notebook.start(1)
    steer(notebook)
    notebook.wait_until("() => document.body.innerText.includes('fitted')")
    check(notebook)


def test_lightning_in_a_thread_is_steered_as_well(open_notebook: OpenNotebook, lab_without_subshells: Lab) -> None:
    notebook = open_notebook([PROGRAM, IN_A_THREAD], server=lab_without_subshells)
    notebook.run(0)
    notebook.run(1)
    steer(notebook)
    assert notebook.eventually("not thread.is_alive()")
    check(notebook)
