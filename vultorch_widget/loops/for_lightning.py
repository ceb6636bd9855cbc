"""The callback and the logger for Lightning's ``Trainer``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from typing import Any

import torch

from .course import Course
from .plain import progress

PATIENCE = 32
"""Batches of a module with manual optimisation without a step, after which batches count as steps. Lightning sees no
steps of optimisers that a module asks for without its wrapper (``use_pl_optimizer=False``)."""


def _package() -> str:
    """The package that a program uses: ``lightning.pytorch``, or ``pytorch_lightning``, its older name."""
    if "pytorch_lightning" in sys.modules and "lightning.pytorch" not in sys.modules:
        return "pytorch_lightning"
    try:
        import_module("lightning.pytorch")
    except ImportError:
        try:
            import_module("pytorch_lightning")
        except ImportError as error:
            raise ImportError("watching Lightning needs it installed: pip install lightning") from error
        return "pytorch_lightning"
    return "lightning.pytorch"


def callback(course: Course) -> Any:
    """Returns a ``Callback`` that follows ``course``."""
    return _callback(_package())(course)


def logger(course: Course) -> Any:
    """Returns a ``Logger`` that logs into the view of ``course``."""
    return _logger(_package())(course)


@lru_cache
def _callback(package: str) -> Any:
    base: Any = import_module(f"{package}.callbacks").Callback

    class WatchCallback(base):  # type: ignore[misc]
        """Follows a `Trainer` with a `Course`."""

        def __init__(self, course: Course) -> None:
            super().__init__()
            self._course = course
            self._first = 0  # step at which the training began
            self._step = 0  # when the last batch ended
            self._unseen = 0  # batches in which no step was seen, before the first
            self._known: dict[str, Any] = {}  # values logged last, so that nothing is logged twice

        @property
        def state_key(self) -> str:
            return "vultorch_widget.Watch"

        # --- begin and end ---

        def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
            self._known = {}
            self._course.begin(pl_module)
            self._course.covered = lambda: trainer.callback_metrics

        def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
            self._course.end()

        def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
            self._course.abandon()

        def on_train_start(self, trainer: Any, pl_module: Any) -> None:
            self._first = self._step = trainer.global_step
            self._unseen = 0
            self._course.attach(trainer.optimizers)

        # --- batches ---

        def _turn(self, trainer: Any) -> None:
            if not self._course.turn() and not trainer.should_stop:
                trainer.should_stop = True
                fitted = trainer.fit_loop.epoch_progress.current.processed
                epochs, steps = trainer.min_epochs or 0, trainer.min_steps or 0
                if trainer.state.fn == "fit" and (fitted < epochs or trainer.global_step < steps):
                    self._course.note(f"Stop waits: Lightning trains for at least {epochs} epochs and {steps} steps")

        def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
            self._log_news(trainer)

        def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
            logged = self._news(trainer)
            if trainer.global_step == self._first and not pl_module.automatic_optimization:
                self._unseen += 1
            before, self._step = self._step, self._steps(trainer)
            if self._step > before:  # one step for one or more batches, or with manual optimisation more than one step
                loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
                if not logged and isinstance(loss, torch.Tensor):
                    logged = {"loss": loss.detach() * trainer.accumulate_grad_batches}  # Lightning has divided it
                self._course.stepped(self._step, logged, steps=self._step - before)
            else:
                self._course.log(logged, self._step)
            done, most = trainer.global_step, trainer.max_steps
            fraction, text = progress(
                trainer.current_epoch, trainer.max_epochs or 0, batch_idx + 1, _count(trainer.num_training_batches)
            )
            self._course.advance(max(fraction, done / most if most > 0 else 0.0), text)
            self._turn(trainer)

        def _steps(self, trainer: Any) -> int:
            """The steps so far: those of the optimisers, and batches where Lightning does not see the optimisers."""
            step: int = trainer.global_step
            return step + self._unseen if self._unseen >= PATIENCE else step

        def _evaluated(self, trainer: Any, batch_idx: int, counts: Any, dataloader_idx: int, doing: str) -> None:
            count = counts[dataloader_idx] if isinstance(counts, list) else counts
            self._course.doing(
                progress(trainer.current_epoch, trainer.max_epochs or 0, batch_idx + 1, _count(count), doing)
            )
            self._turn(trainer)

        def on_validation_batch_end(
            self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
        ) -> None:
            counts = trainer.num_sanity_val_batches if trainer.sanity_checking else trainer.num_val_batches
            self._evaluated(trainer, batch_idx, counts, dataloader_idx, "validation batch")

        def on_test_batch_end(
            self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
        ) -> None:
            self._evaluated(trainer, batch_idx, trainer.num_test_batches, dataloader_idx, "test batch")

        def on_predict_batch_end(
            self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
        ) -> None:
            self._evaluated(trainer, batch_idx, trainer.num_predict_batches, dataloader_idx, "prediction batch")

        # --- epochs ---

        def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
            self._log_news(trainer)
            self._turn(trainer)

        def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
            self._log_news(trainer)
            self._course.keep({"epoch": trainer.current_epoch + 1}, self._steps(trainer))
            self._turn(trainer)

        def on_train_end(self, trainer: Any, pl_module: Any) -> None:
            self._log_news(trainer)

        def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
            if not trainer.sanity_checking:
                self._log_news(trainer)

        def on_test_end(self, trainer: Any, pl_module: Any) -> None:
            self._log_news(trainer)

        def _log_news(self, trainer: Any) -> None:
            """Logs at the last step. The module's own hooks run after these, so the next one sees what they log."""
            if news := self._news(trainer):
                self._course.log(news, self._steps(trainer))

        def _news(self, trainer: Any) -> dict[str, Any]:
            """What the module has logged since the last call. Lightning keeps each value in its own memory."""
            now = dict(trainer.callback_metrics)
            news = {name: value for name, value in now.items() if not _same(self._known.get(name), value)}
            self._known = now
            return news

    return WatchCallback


@lru_cache
def _logger(package: str) -> Any:
    base: Any = import_module(f"{package}.loggers").Logger
    on_first_rank: Any = import_module(f"{package}.utilities").rank_zero_only

    class WatchLogger(base):  # type: ignore[misc]
        """Logs into the view of a `Course`, and makes its frames if no callback does."""

        def __init__(self, course: Course) -> None:
            super().__init__()
            self._course = course
            self._leads = False  # makes the frames
            self._step = 0
            self._done = 0  # the last step whose end was seen
            self._trainer: Any = None

        @property
        def name(self) -> str:
            return "vultorch_widget"

        @property
        def version(self) -> str:
            return ""  # part of the path of checkpoints

        @on_first_rank  # type: ignore[untyped-decorator]
        def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
            trainer = self._trainer
            if not self._course.begun:
                self._leads, self._done = True, 0
                self._course.begin(None if trainer is None else trainer.lightning_module)
            fits = trainer is None or trainer.state.fn == "fit"
            if step is not None:  # during training, loggers count steps from 0, callbacks and views from 1
                self._step = step + 1 if fits else step
            news = {name: value for name, value in metrics.items() if name not in self._course.covered()}
            epoch = news.pop("epoch", None)
            if self._leads and fits and trainer is not None:
                self._course.attach(trainer.optimizers)
                if self._done < self._step and _is_taken(trainer, self._step):
                    self._done = self._step
                    self._course.stepped(self._step, {})
            self._course.log(news, self._step)
            if self._leads:
                if epoch is not None:
                    self._course.keep({"epoch": epoch + 1}, self._step)
                if not self._course.turn() and trainer is not None:
                    trainer.should_stop = True

        @on_first_rank  # type: ignore[untyped-decorator]
        def log_graph(self, model: Any, input_array: Any = None) -> None:
            with suppress(RuntimeError, AttributeError):  # a model on its own, or a plain module
                self._trainer = model.trainer  # which calls this first

        @on_first_rank  # type: ignore[untyped-decorator]
        def log_hyperparams(self, params: Any, *args: Any, **kwargs: Any) -> None:
            try:
                values = params if isinstance(params, Mapping) else vars(params)
                text = ", ".join(f"{name} = {value!r}" for name, value in values.items())
            except Exception as error:  # from the user's own classes; it must not end the training
                text = f"The hyperparameters cannot be shown. {type(error).__name__}: {error}"
            if text:
                self._course.note(text)

        @on_first_rank  # type: ignore[untyped-decorator]
        def finalize(self, status: str) -> None:
            self._trainer = None
            if self._leads:
                self._leads = False
                (self._course.end if status == "success" else self._course.abandon)()

    return WatchLogger


def _is_taken(trainer: Any, step: int) -> bool:
    """Whether a step of which a logger hears is over. Modules also log within `training_step`."""
    module = trainer.lightning_module
    if module.automatic_optimization:
        return bool(step <= trainer.global_step)
    return module._current_fx_name is None  # loggers get batches, of which optimisers may take fewer steps, or more


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same: Lightning returns a new tensor with the same memory on every request."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.data_ptr() == other.data_ptr()
    return one is other


def _count(batches: float) -> int:
    """A number of batches; 0 if unknown, for which Lightning says infinity."""
    return int(batches) if batches < float("inf") else 0
