"""The view as a Lightning logger, beside its callback and alone."""

from __future__ import annotations

import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

import vultorch_widget as vultorch
from tests.page import Page
from vultorch_widget.loops.rate import SCALE

from .trainers import EPOCHS, STEPS, Net, data

pytestmark = pytest.mark.filterwarnings("ignore")  # Lightning has many of its own
EVERY = list(range(1, EPOCHS * STEPS + 1))
LAST = EVERY[STEPS - 1 :: STEPS]


def module() -> Any:
    # Only here: each worker collects all tests, and the import takes ten seconds.
    import lightning

    class Module(lightning.LightningModule):
        def __init__(self, width: int = 8) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.net = Net()

        def training_step(self, batch: Any, index: int) -> torch.Tensor:
            loss = (self.net(batch[0]) - batch[1]).square().mean()
            self.log("train_loss", loss, on_step=True, on_epoch=True)
            if self.logger is not None:
                self.logger.log_metrics({"mine": self.global_step}, step=self.global_step)
            return loss

        def validation_step(self, batch: Any, index: int) -> None:
            self.log("val_loss", (self.net(batch[0]) - batch[1]).square().mean())

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), 0.1)

    return Module()


def rates() -> Any:
    from lightning.pytorch.callbacks import LearningRateMonitor

    return LearningRateMonitor("step")


def fit(folder: Path, *callbacks: Any, logger: Any = False, **options: Any) -> Any:
    import lightning

    trainer = lightning.Trainer(
        max_epochs=EPOCHS,
        logger=logger,
        callbacks=list(callbacks),
        accelerator="cpu",
        default_root_dir=folder,
        enable_progress_bar=False,
        enable_model_summary=False,
        **options,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer.fit(module(), DataLoader(data(), 8), DataLoader(data(), 8))
    return trainer


def steps(view: vultorch.View, name: str) -> list[int]:
    return view.history()[name][:, 0].astype(int).tolist()


def test_beside_the_callback_only_what_that_does_not_log_is_logged(
    view: vultorch.View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def logged(*callbacks: Any, **options: Any) -> Counter[tuple[str, int]]:
        metrics, found = shown._parts.metrics, Counter[tuple[str, int]]()
        log = metrics.log
        monkeypatch.setattr(
            metrics, "log", lambda values, step: (found.update((n, step) for n in values), log(values, step))
        )
        fit(tmp_path, *callbacks, **options)
        return found

    shown = vultorch.View("plain", headless=True)
    plain = logged(shown.watch().lightning())
    shown.close()
    twice = Counter({one: count - 1 for one, count in plain.items() if count > 1})
    assert twice == Counter(("train_loss", step) for step in LAST)  # for a step and for the epoch, under one name
    shown, watch = view, view.watch()
    both = logged(watch.lightning(), rates(), logger=watch.logger(), log_every_n_steps=4)
    assert plain - both == Counter()
    assert both - plain == Counter([("mine", step) for step in EVERY] + [("lr-SGD", step) for step in EVERY[3::4]])
    assert steps(view, "train_loss_step") == EVERY
    assert steps(view, "val_loss") == steps(view, "train_loss_epoch") == steps(view, "epoch") == LAST
    assert [mark.text for mark in view._parts.metrics.timeline.marks] == ["width = 8"]
    assert (view.state, view._parts.tree.notices) == ("idle", [])


def test_alone_it_logs_all_that_a_logger_gets(view: vultorch.View, tmp_path: Path) -> None:
    page = Page(view).open()
    trainer = fit(tmp_path, rates(), logger=view.watch().logger(), log_every_n_steps=1)
    assert steps(view, "train_loss_step") == steps(view, "lr-SGD") == steps(view, "mine") == EVERY
    assert steps(view, "val_loss") == steps(view, "train_loss_epoch") == LAST
    assert view.history()["epoch"][-1].tolist() == [EPOCHS * STEPS, EPOCHS]
    assert view.frame_count > EPOCHS * STEPS
    assert page.updates
    assert (view.state, view._parts.tree.notices) == ("idle", [])
    trainer.validate(module(), DataLoader(data(), 8), verbose=False)
    assert steps(view, "val_loss") == LAST  # also at the last step
    assert Path(trainer.checkpoint_callback.best_model_path).parent == tmp_path / "vultorch_widget" / "checkpoints"


def test_alone_its_slider_acts_and_it_shows_pictures(view: vultorch.View, tmp_path: Path) -> None:
    page, shown = Page(view).open(), 0

    def show() -> dict[str, torch.Tensor]:
        nonlocal shown
        shown += 1
        if shown == 10:
            page.set("training", f"slider:{SCALE}", 2.0)
        return {"picture": torch.rand(4, 4)}

    fit(tmp_path, logger=view.watch(show, lr="scale").logger(), log_every_n_steps=1)
    np.testing.assert_allclose(view.history()["lr"], [[step, 0.1 if step <= 10 else 0.2] for step in EVERY[1:]])
    assert shown == EPOCHS * STEPS
    assert [canvas.name for canvas in view._parts.tree.canvases()] == ["picture"]
    assert (view.state, view._parts.tree.notices) == ("idle", [])


def test_hyperparameters_that_cannot_be_written_do_not_end_the_training(view: vultorch.View, tmp_path: Path) -> None:
    class Unwritable:
        def __repr__(self) -> str:
            raise ValueError("no words")

    logger = view.watch().logger()
    for params in ({"width": Unwritable()}, (1, 2)):
        logger.log_hyperparams(params)
    first, second = [mark.text for mark in view._parts.metrics.timeline.marks]
    assert "ValueError: no words" in first
    assert "TypeError" in second


def test_alone_it_ends_the_training_when_stop_is_pressed(view: vultorch.View, tmp_path: Path) -> None:
    import lightning

    page = Page(view).open()

    class Hand(lightning.Callback):
        def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
            if trainer.global_step == STEPS + 3:
                page.command("stop")

    trainer = fit(tmp_path, Hand(), logger=view.watch().logger(), log_every_n_steps=1)
    assert trainer.global_step == STEPS + 3
    assert view.state == "stopped"
