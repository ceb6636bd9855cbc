"""A plain ``for`` loop over batches, including those of Accelerate's loaders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from typing import Any, TypeVar

import torch

from ..basics.arguments import number_of
from .course import Course

Batch = TypeVar("Batch")


def loop(
    course: Course, loader: Iterable[Batch], epochs: int, optimizer: torch.optim.Optimizer | None
) -> Iterator[Batch]:
    """Returns an iterator over the batches of ``epochs`` passes through ``loader``; see `View.loop`."""
    count = number_of("epochs", "epochs", epochs)
    inner = getattr(optimizer, "optimizer", optimizer)  # Accelerate wraps the optimiser
    if inner is not None and not isinstance(inner, torch.optim.Optimizer):
        raise TypeError(f"optimizer must be an optimiser of torch's, not {type(inner).__name__}")
    return _batches(course, loader, count, inner)


def _batches(
    course: Course, loader: Iterable[Batch], epochs: int, optimizer: torch.optim.Optimizer | None
) -> Iterator[Batch]:
    course.begin()
    run = course.run
    try:
        if optimizer is not None:
            course.attach([optimizer])
        for epoch in range(epochs):
            if epochs > 1:  # otherwise the program counts the epochs, and may have told the sampler
                _set_epoch(loader, epoch)
            count = _length(loader)
            for number, batch in enumerate(loader, 1):
                if course.stopped:
                    return
                yield batch
                course.advance(*progress(epoch, epochs, number, count))
                course.batch_ended()
                if not course.turn():
                    return
    finally:
        if course.run == run:
            course.end()


def _set_epoch(loader: object, epoch: int) -> None:
    """Tells the samplers of ``loader``: each epoch of a distributed one would have the same order."""
    batches = getattr(loader, "batch_sampler", None)
    samplers: list[Any] = [getattr(loader, "sampler", None), batches, getattr(batches, "sampler", None)]
    for sampler in {id(each): each for each in samplers}.values():
        if hasattr(sampler, "set_epoch"):
            sampler.set_epoch(epoch)


def _length(loader: object) -> int:
    """How many batches ``loader`` has, 0 if it does not know."""
    try:
        return len(loader) if isinstance(loader, Sized) else 0
    except Exception:  # of an IterableDataset, or what a user's loader raises: the length is only shown
        return 0


def progress(epoch: int, epochs: int, number: int, count: int, doing: str = "batch") -> tuple[float, str]:
    """A fraction and a text for epoch ``epoch`` (from 0) of ``epochs``, batch ``number`` of ``count`` (0: unknown)."""
    within = number / count if count else 0.0
    fraction = min(1.0, (epoch + within) / epochs) if epochs > 0 else 0.0
    of_epochs = f" of {epochs:,}" if epochs > 0 else ""
    of_count = f" of {count:,}" if count else ""
    return fraction, f"epoch {epoch + 1:,}{of_epochs} · {doing} {number:,}{of_count}"
