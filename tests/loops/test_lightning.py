"""What only Lightning does: modules log after the callbacks, and batches accumulate into steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader

import vultorch_widget as vultorch
from tests.page import Page
from vultorch_widget.loops.for_lightning import PATIENCE

from .trainers import EPOCHS, STEPS, Net, data

pytestmark = pytest.mark.filterwarnings("ignore")  # Lightning has many of its own


def module() -> Any:
    # Only here: each worker collects all tests, and the import takes ten seconds.
    import lightning

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = Net()
            self.losses: list[float] = []

        def training_step(self, batch: Any, index: int) -> torch.Tensor:
            loss = (self.net(batch[0]) - batch[1]).square().mean()
            self.losses.append(loss.item())
            return loss

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), 0.1)

    return Module()


def late() -> Any:
    """A module that logs after the batch and after the epoch, in hooks that run after those of callbacks."""

    class Late(type(module())):
        def on_train_batch_end(self, *_: Any) -> None:
            self.log("after the batch", float(self.global_step))

        def on_train_epoch_end(self) -> None:
            self.log("after the epoch", float(self.global_step))

    return Late()


def manual(accumulated: int, *, twice: bool = False, unseen: int = 0) -> Any:
    """A module that optimises by itself, in one of ``accumulated`` batches, with two optimisers if ``twice``. Lightning
    does not see the steps of the first ``unseen`` batches.
    """

    class Manual(type(module())):
        def __init__(self) -> None:
            super().__init__()
            self.automatic_optimization = False

        def training_step(self, batch: Any, index: int) -> torch.Tensor:
            optimizers = self.optimizers(use_pl_optimizer=len(self.losses) >= unseen)
            loss = super().training_step(batch, index)
            self.manual_backward(loss)
            if (index + 1) % accumulated == 0:
                for optimizer in optimizers if twice else optimizers[:1]:
                    optimizer.step()
                self.zero_grad()
            return loss

        def on_train_epoch_end(self) -> None:
            self.log("after the epoch", float(len(self.losses)))

        def configure_optimizers(self) -> Any:
            return [torch.optim.SGD(self.parameters(), 1e-3) for _ in range(2)]

    return Manual()


def fit(trained: Any, folder: Path, callback: Any, logger: Any = False, **options: Any) -> None:
    import lightning

    trainer = lightning.Trainer(
        max_epochs=EPOCHS, accelerator="cpu", logger=logger, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, callbacks=[callback], default_root_dir=folder, **options,
    )  # fmt: skip
    trainer.fit(trained, DataLoader(data(), 8))


def history(view: vultorch.View, name: str) -> list[tuple[int, float]]:
    return [(int(step), value) for step, value in view.history()[name].tolist()]


@pytest.mark.parametrize("beside", [False, True])
def test_what_a_module_logs_after_the_callbacks_is_at_its_step(
    beside: bool, view: vultorch.View, tmp_path: Path
) -> None:
    watch = view.watch()
    fit(late(), tmp_path, watch.lightning(), logger=watch.logger() if beside else False)
    every = [(step, float(step)) for step in range(1, EPOCHS * STEPS + 1)]
    assert history(view, "after the batch") == every
    assert history(view, "after the epoch") == every[STEPS - 1 :: STEPS]
    assert (view.state, view._parts.tree.notices) == ("idle", [])


def test_accumulated_batches_are_one_step_with_the_loss_of_the_module(view: vultorch.View, tmp_path: Path) -> None:
    shown: list[int] = []
    trained = module()
    watch = view.watch(lambda: shown.append(trained.global_step), every=2)
    fit(trained, tmp_path, watch.lightning(), accumulate_grad_batches=3)
    last = [at for epoch in range(EPOCHS) for at in (epoch * STEPS + 2, epoch * STEPS + 5, epoch * STEPS + 7)]
    assert [step for step, _ in history(view, "loss")] == list(range(1, 3 * EPOCHS + 1))
    assert [loss for _, loss in history(view, "loss")] == pytest.approx([trained.losses[at] for at in last])
    assert shown == list(range(1, 3 * EPOCHS + 1, 2))
    assert view._parts.tree.notices == []


@pytest.mark.parametrize(
    ("accumulated", "twice", "every", "steps", "shown"),
    [
        (4, False, 1, range(1, 11), range(1, 11)),
        (4, False, 3, range(1, 11), range(1, 11, 3)),
        (1, True, 1, range(2, 81, 2), range(2, 81, 2)),
        (1, True, 10, range(2, 81, 2), range(2, 81, 10)),
    ],
)
def test_steps_of_manual_optimisation_are_counted_not_batches(
    accumulated: int, twice: bool, every: int, steps: range, shown: range, view: vultorch.View, tmp_path: Path
) -> None:
    found: list[int] = []
    trained = manual(accumulated, twice=twice)
    fit(trained, tmp_path, view.watch(lambda: found.append(trained.global_step), every=every).lightning())
    assert found == list(shown)
    assert [step for step, _ in history(view, "loss")] == list(steps)
    assert [loss for _, loss in history(view, "loss")] == pytest.approx(trained.losses[accumulated - 1 :: accumulated])
    assert view._parts.tree.notices == []


@pytest.mark.parametrize(("unseen", "seen"), [(40, 0), (35, 5)])
def test_batches_are_steps_where_lightning_sees_none(
    unseen: int, seen: int, view: vultorch.View, tmp_path: Path
) -> None:
    found: list[int] = []
    trained = manual(1, unseen=unseen)
    fit(trained, tmp_path, view.watch(lambda: found.append(len(trained.losses)), every=5).lightning())
    assert trained.global_step == seen
    assert found == list(range(PATIENCE, 41, 5))
    assert [step for step, _ in history(view, "loss")] == list(range(PATIENCE, 41))
    assert history(view, "after the epoch")[1:] == [(32, 32.0), (40, 40.0)]  # the first are at step 0
    assert view._parts.tree.notices == []


@pytest.mark.parametrize("unseen", [0, 40])
def test_the_logger_alone_shows_pictures_between_batches_of_manual_optimisation(
    unseen: int, view: vultorch.View, tmp_path: Path
) -> None:
    import lightning

    class Logging(type(manual(4))):  # type: ignore[misc]
        inside = False

        def training_step(self, batch: Any, index: int) -> torch.Tensor:
            self.inside = True
            loss = super().training_step(batch, index)
            self.log("loss", loss)
            self.logger.log_metrics({"mine": 1.0}, step=len(self.losses) - 1)
            self.inside = False
            return loss

    trained = manual(4, unseen=unseen)
    trained.__class__ = Logging
    shown: list[int] = []
    watch = view.watch(lambda: shown.append(-1 if trained.inside else len(trained.losses)), every=5)
    fit(trained, tmp_path, lightning.Callback(), logger=watch.logger(), log_every_n_steps=1)
    assert shown == list(range(1, 41, 5))
    assert view._parts.tree.notices == []


def test_a_note_says_that_lightning_trains_on_after_stop(view: vultorch.View, tmp_path: Path) -> None:
    page = Page(view).open()
    trained = module()

    def stop() -> None:
        if trained.global_step == 3:
            page.command("stop")

    fit(trained, tmp_path, view.watch(stop).lightning(), min_epochs=2)
    assert len(trained.losses) == 2 * STEPS
    marks = [(mark.step, mark.text) for mark in view._parts.metrics.timeline.marks]
    assert marks == [(3, "Stop waits: Lightning trains for at least 2 epochs and 0 steps")]
    assert view.state == "stopped"
