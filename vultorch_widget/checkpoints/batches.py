"""An endless iterator over the batches of a loader, whose position can be saved and restored."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import torch

from .randomness import Randomness, randomness, restore_randomness

Batch = TypeVar("Batch")


class Batches(Generic[Batch]):
    """The batches of ``loader``, epoch after epoch, without an end.

    ::

        batches = Batches(DataLoader(data, batch_size=64, shuffle=True))
        view.checkpoint(model, optimizer, batches)

        @view.on_frame
        def train():
            inputs, targets = next(batches)

    A loop over a loader keeps its position in an iterator that cannot be copied. This class instead keeps the states of
    the random number generators at the beginning of the epoch, and how many batches were taken since. To go back, it
    draws the epoch's order again and skips that many batches. Without worker processes no sample is read for that; with
    them, and for an iterable dataset, the skipped batches are read again. Both are exact, as long as the dataset itself
    remembers nothing from one sample to the next.

    Args:
        loader: A ``DataLoader``, or anything that can be iterated again and again. A sampler's ``set_epoch`` is called.

    Attributes:
        loader: As given.
        epoch: The number of the epoch of the last batch, from 0.
        taken: Batches taken from it.

    """

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self.epoch = -1
        self.taken = 0
        self._iterator: Iterator[Batch] | None = None
        self._began: tuple[Randomness, dict[str, torch.Tensor]] | None = None

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        """Returns the next batch. Raises ValueError if the loader has none."""
        if self._iterator is None:
            self._begin_epoch()
        try:
            batch = next(self._iterator)  # type: ignore[arg-type]
        except StopIteration:
            self._begin_epoch()
            try:
                batch = next(self._iterator)  # type: ignore[arg-type]
            except StopIteration:
                raise ValueError(f"{type(self.loader).__name__} has no batches") from None
        self.taken += 1
        return batch

    def _begin_epoch(self) -> None:
        self.epoch += 1
        self.taken = 0
        self._began = randomness(), {name: made.get_state() for name, made in self._generators().items()}
        self._open()

    def _open(self) -> None:
        sampler: Any = getattr(self.loader, "sampler", None)
        if hasattr(sampler, "set_epoch"):
            sampler.set_epoch(self.epoch)
        self._iterator = iter(self.loader)

    def _generators(self) -> dict[str, torch.Generator]:
        """The generators of the loader and of its sampler, by name."""
        holders = {
            "loader": self.loader,
            "sampler": getattr(self.loader, "sampler", None),
            "batch_sampler": getattr(self.loader, "batch_sampler", None),
        }
        found = {name: getattr(holder, "generator", None) for name, holder in holders.items()}
        return {name: made for name, made in found.items() if isinstance(made, torch.Generator)}

    def state_dict(self) -> dict[str, Any]:
        """Returns the position."""
        return {"epoch": self.epoch, "taken": self.taken, "began": self._began}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes to a position that `state_dict` returned. The global generators are left as they are.

        Raises ValueError if the loader has become shorter than that.
        """
        before = self.epoch, self.taken, self._began, self._iterator
        known = self._generators()
        generators = {name: made.get_state() for name, made in known.items()}
        present = randomness()
        self.epoch, self.taken, self._began = state["epoch"], state["taken"], state["began"]
        self._iterator = None
        try:
            if self._began is not None:
                everywhere, own = self._began
                restore_randomness(everywhere)
                for name, saved in own.items():
                    known[name].set_state(saved)
                self._open()
                self._skip(self.taken)
        except BaseException:
            self.epoch, self.taken, self._began, self._iterator = before
            for name, saved in generators.items():
                known[name].set_state(saved)
            raise
        finally:
            restore_randomness(present)

    def _skip(self, count: int) -> None:
        iterator: Any = self._iterator
        within = iterator
        if type(iterator).__name__ == "_SingleProcessDataLoaderIter" and self.loader._dataset_kind == 0:  # map-style
            within = iterator._sampler_iter  # indices instead of samples
        if sum(1 for _ in itertools.islice(within, count)) < count:
            raise ValueError(f"{type(self.loader).__name__} has fewer than the {count} batches that it had")
