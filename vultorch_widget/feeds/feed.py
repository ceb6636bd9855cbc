"""`Feed`: what a training process says to the notebooks that watch it, and hears from them."""

from __future__ import annotations

import atexit
import os
import secrets
import time
from contextlib import suppress
from typing import Any

import torch

from ..basics.held import Held
from ..controls.slider import Slider
from ..controls.store import Store
from ..metrics.scalars import scalar
from ..pictures.foreign import as_tensor
from . import register
from .agreeing import Agreeing
from .posting import Posting


class Feed(Held):
    """The pictures, scalars and sliders of one process that trains. Made by `feed`.

    It never waits for a notebook. Without one, `show` makes nothing and `log` appends to a list.
    """

    def __init__(self, run: str, *, rank: int, world: int) -> None:
        self._run, self._rank, self._world = run, rank, world
        self._store = Store()
        self._stopped = False
        self._asked: set[str] = set()  # since the ranks last agreed
        self._agreeing = Agreeing(world)
        self._step = 0
        self._pid = os.getpid()
        self._posting = Posting(run, rank, world, secrets.token_hex(8))
        atexit.register(self.close)

    def __repr__(self) -> str:
        return f"<Feed {self._run!r}, rank {self._rank} of {self._world}>"

    @property
    def rank(self) -> int:
        """The rank of this process, from 0."""
        return self._rank

    @property
    def _mute(self) -> bool:
        return os.getpid() != self._pid  # a forked process has no thread that posts

    def show(self, **pictures: Any) -> None:
        """Shows each picture in the notebooks that watch: tensors, arrays and images that `Canvas.bind` takes.

        Tensors are copied on their device, at most 30 times a second and never for more than a fiftieth of the time. A
        picture that cannot be shown is not: the notebook says why, and the training goes on.
        """
        if self._mute:
            return
        self._posting.say(self._step)
        now = time.monotonic()
        for name, picture in pictures.items():
            if not self._posting.due(name, now):
                continue
            try:
                tensor = as_tensor(picture)
                copy = tensor.detach().clone()
                ready = None
                if copy.is_cuda:
                    ready = torch.cuda.Event()  # type: ignore[no-untyped-call]
                    ready.record()
            except Exception as error:
                self._posting.refuse(name, f"{type(error).__name__}: {error}")
                continue
            self._posting.take(name, copy, ready, self._step, now, time.monotonic() - now)

    def log(self, *, step: int | None = None, **scalars: Any) -> None:
        """Logs one value of each scalar. ``step`` defaults to the last one plus one.

        Raises TypeError and ValueError for values that are no numbers, as `View.log` does.
        """
        numbers = {name: scalar(name, value) for name, value in scalars.items()}
        self._step = self._step + 1 if step is None else int(step)
        if not self._mute:
            for name, number in numbers.items():
                value = number if isinstance(number, float) else number.detach().clone()
                self._posting.log(name, self._step, value)
            self._posting.say(self._step)

    def slider(
        self,
        label: str,
        min: float = 0.0,
        max: float = 1.0,
        *,
        default: float | None = None,
        log: bool = False,
        step: float = 0.0,
    ) -> float:
        """A slider in the notebook, as `Panel.slider`. All ranks get a new value in the same step.

        Rank 0 reads it and sends it to the others by the process group, so all ranks must call their sliders and
        `stopped` alike, in every step. Without a process group each rank reads it by itself.
        """
        self._agree(label)
        value = self._store.labelled(Slider, label, min, max, default=default, log=log, step=step)
        if not self._mute:
            self._posting.sliders = self._store.specs()
        return value

    @property
    def stopped(self) -> bool:
        """True once Stop was pressed in a notebook, for all ranks in the same step. See `slider`."""
        self._agree("###stopped")
        return self._stopped

    def _agree(self, what: str) -> None:
        """Takes what notebooks have chosen, once a step: when something is asked for again."""
        if self._asked and what not in self._asked:
            self._asked.add(what)
            return
        self._asked = {what}
        chosen, stop = ({}, False) if self._mute else self._posting.heard()
        chosen, stop = self._agreeing.agreed(chosen, stop=stop)
        self._stopped |= stop
        for label, value in chosen.items():
            with suppress(ValueError):  # the range has changed meanwhile
                self._store.set(label, value)

    def close(self) -> None:
        """Ends the feed. Notebooks keep what they have. Safe to call twice, and called when Python exits."""
        atexit.unregister(self.close)
        if not self._mute:
            self._posting.close()


def feed(run: str) -> Feed:
    """Opens the feed of this process in ``run``, for notebooks that call ``view.attach(run)``.

    ::

        feed = vultorch_widget.feed("run7")
        for step in range(1000):
            rate = feed.slider("rate", 1e-5, 1e-1, default=1e-3, log=True)
            ...
            feed.show(prediction=prediction)
            feed.log(loss=loss, step=step)
            if feed.stopped:
                break

    Call it in each process of a distributed training. The rank comes from torch.distributed, or else from the
    environment: RANK and WORLD_SIZE, or SLURM_PROCID and SLURM_NTASKS. The mailbox listens on the loopback interface
    alone; a file that only its user can read says where.

    Raises ValueError for a ``run`` with other characters than letters, digits, ``_``, ``-`` and ``.``.
    """
    rank, world = _place()
    return Feed(register.checked_run(run), rank=rank, world=world)


def _place() -> tuple[int, int]:
    import torch.distributed as dist  # noqa: PLC0415 (slow to import)

    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    for rank, world in (("RANK", "WORLD_SIZE"), ("SLURM_PROCID", "SLURM_NTASKS")):
        if os.environ.get(rank, "").isdecimal():
            size = os.environ.get(world, "1")
            return int(os.environ[rank]), int(size) if size.isdecimal() else 1
    return 0, 1
