"""`Watch`: one line that lets a trainer's loop be watched and steered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from ..basics.arguments import number_of
from .course import Course, Show
from .host import Host
from .plain import loop
from .rate import Rate, checked

if TYPE_CHECKING:
    import torch

Batch = TypeVar("Batch")


class Watch:
    """Watches and steers the loop of a trainer for a view; made by `View.watch`.

    ::

        watch = view.watch(show=lambda: {"prediction": model(grid)}, lr="scale")
        lightning.Trainer(callbacks=[watch.lightning()])
        transformers.Trainer(..., callbacks=[watch.hf()])
        fastai.learner.Learner(..., cbs=[watch.fastai()])

    The chart shows what the trainer logs, at its own steps, and the learning rate that each step used. Pause, Stop and
    all controls work in training, in validation and between epochs; Stop ends the loop by the trainer's own flag.
    """

    def __init__(self, host: Host[Course], show: Show | None, lr: str | None, every: int) -> None:
        if show is not None and not callable(show):
            raise TypeError(f"show must be a function without arguments, not {show!r}")
        self._course = Course(host, show, Rate(checked(lr)), number_of("every", "steps", every))

    def lightning(self) -> Any:
        """A ``Callback`` for the ``Trainer`` of Lightning, as ``lightning`` or ``pytorch_lightning``.

        Steps are those of ``trainer.global_step``: with accumulated gradients, a step takes several batches, and with
        manual optimisation a batch may also have several. ``every`` counts them, too, and ``show`` is called
        between two batches.

        Raises ImportError if neither is installed.
        """
        from .for_lightning import callback  # noqa: PLC0415 (Lightning takes seconds to import)

        return callback(self._course)

    def logger(self) -> Any:
        """A ``Logger`` for the ``Trainer`` of Lightning, beside others or alone.

        ::

            lightning.Trainer(logger=[CSVLogger("."), watch.logger()], callbacks=[watch.lightning()])

        It logs what the callback cannot see: values from a ``LearningRateMonitor`` or ``self.logger.log_metrics``, and
        the hyperparameters as a note. Without the callback it logs everything that a logger gets, as often as
        ``log_every_n_steps`` says. The view then has frames only at these steps, so Pause, Stop and the slider take
        effect there, and ``every`` counts only them.

        Raises ImportError if Lightning is not installed.
        """
        from .for_lightning import logger  # noqa: PLC0415 (as in `lightning`)

        return logger(self._course)

    def hf(self) -> Any:
        """A ``TrainerCallback`` for the ``Trainer`` of Hugging Face's ``transformers``, and for trainers that build on
        it.

        Raises ImportError if it is not installed.
        """
        from .for_transformers import callback  # noqa: PLC0415

        return callback(self._course)

    def fastai(self) -> Any:
        """A ``Callback`` for fastai's ``Learner``.

        Raises ImportError if it is not installed.
        """
        from .for_fastai import callback  # noqa: PLC0415

        return callback(self._course)

    def loop(
        self, loader: Iterable[Batch], *, epochs: int = 1, optimizer: torch.optim.Optimizer | None = None
    ) -> Iterator[Batch]:
        """Loops over ``loader``, one frame per batch; see `View.loop`."""
        return loop(self._course, loader, epochs, optimizer)
