"""The same tiny training in each framework: 5 epochs of 8 steps, with a schedule and a validation after each epoch."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset

from vultorch_widget.loops.watch import Watch

EPOCHS, STEPS = 5, 8
"""Passes through the data, and steps in each."""


def nothing() -> None:
    """What to do in an evaluation by default."""


class Net(torch.nn.Module):
    """A network whose training uses random numbers and whose statistics depend on what it has seen."""

    def __init__(self, evaluating: Callable[[], None] = nothing) -> None:
        super().__init__()
        torch.manual_seed(0)
        linear = torch.nn.Linear(2, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1)
        self.layers = torch.nn.Sequential(*linear)
        self._evaluating = evaluating

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            self._evaluating()
        return self.layers(x)


@dataclass
class Trained:
    """The result of a training."""

    parameters: list[torch.Tensor]
    rates: list[float] = field(default_factory=list)
    """The scheduled rate at each step."""
    again: Callable[[], Any] = nothing
    """Validates again, without training."""

    def same_as(self, other: Trained) -> bool:
        """Returns whether all parameters and statistics are equal bit for bit."""
        return all(torch.equal(a, b) for a, b in zip(self.parameters, other.parameters, strict=True))


def data() -> TensorDataset:
    generator = torch.Generator().manual_seed(1)
    return TensorDataset(torch.rand(64, 2, generator=generator), torch.rand(64, 1, generator=generator))


def seed() -> None:
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)


def state(net: Net) -> list[torch.Tensor]:
    return [value.detach().clone() for value in net.state_dict().values()]


def lightning(net: Net, watch: Watch | None, folder: Path) -> Trained:
    import lightning as L  # noqa: N812

    trained = Trained([])

    class Module(L.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def loss(self, batch: Any) -> torch.Tensor:
            return (self.net(batch[0]) - batch[1]).square().mean()

        def training_step(self, batch: Any, index: int) -> torch.Tensor:
            loss = self.loss(batch)
            self.log("train_loss", loss)
            return loss

        def validation_step(self, batch: Any, index: int) -> None:
            self.log("val_loss", self.loss(batch))

        def on_before_optimizer_step(self, optimizer: Any) -> None:
            trained.rates.append(self.lr_schedulers().get_last_lr()[0])

        def configure_optimizers(self) -> Any:
            optimizer = torch.optim.SGD(self.parameters(), 0.1)
            schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS * STEPS)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    module = Module()
    trainer = L.Trainer(
        max_epochs=EPOCHS, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, callbacks=[watch.lightning()] if watch else [], default_root_dir=folder,
    )  # fmt: skip
    seed()
    validation = DataLoader(data(), 16)
    trainer.fit(module, DataLoader(data(), 8, shuffle=True), validation)
    trained.parameters = state(net)
    trained.again = lambda: trainer.validate(module, validation, verbose=False)
    return trained


def hf(net: Net, watch: Watch | None, folder: Path) -> Trained:
    import transformers

    trained = Trained([])

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
            answer = self.net(x)
            return {"loss": (answer - labels).square().mean(), "logits": answer}

    class Named(Dataset):
        def __len__(self) -> int:
            return 64

        def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
            return dict(zip(("x", "labels"), data()[index], strict=True))

    class Rates(transformers.TrainerCallback):
        def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            trained.rates.append(kwargs["lr_scheduler"].get_last_lr()[0])

    options = transformers.TrainingArguments(
        output_dir=str(folder), per_device_train_batch_size=8, per_device_eval_batch_size=16, num_train_epochs=EPOCHS,
        logging_steps=1, eval_strategy="epoch", save_strategy="no", report_to=[], use_cpu=True, learning_rate=0.1,
        disable_tqdm=True, warmup_steps=4, seed=0,
    )  # fmt: skip
    callbacks = [Rates(), *([watch.hf()] if watch else [])]
    seed()
    trainer = transformers.Trainer(
        model=Model(), args=options, train_dataset=Named(), eval_dataset=Named(), callbacks=callbacks
    )
    trainer.remove_callback(transformers.PrinterCallback)
    trainer.train()
    trained.parameters = state(net)
    trained.again = trainer.evaluate
    return trained


def fastai(net: Net, watch: Watch | None, folder: Path) -> Trained:
    import fastai.callback.schedule  # noqa: F401 (it adds fit_one_cycle)
    from fastai.callback.core import Callback
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner

    trained = Trained([])

    class Rates(Callback):
        order = 65  # after the schedule

        def before_step(self) -> None:
            trained.rates.append(self.learn.opt.hypers[0]["lr"])

    loaders = DataLoaders(DataLoader(data(), 8, shuffle=True), DataLoader(data(), 16), device=torch.device("cpu"))
    callbacks = [Rates(), *([watch.fastai()] if watch else [])]
    learn = Learner(loaders, net, loss_func=torch.nn.MSELoss(), cbs=callbacks, path=folder)
    seed()
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(EPOCHS, 0.1)
    trained.parameters = state(net)

    def again() -> None:
        with learn.no_bar():
            learn.validate()

    trained.again = again
    return trained


TRAINERS: dict[str, Callable[[Net, Watch | None, Path], Trained]] = {
    "lightning": lightning,
    "hf": hf,
    "fastai": fastai,
}
