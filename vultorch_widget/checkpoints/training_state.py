"""The state of a training as a whole: copied, and restored entirely or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import torch

from .host_copies import Copied, HostCopies
from .parts import parts_of
from .randomness import Randomness, randomness, restore_randomness

MOST_SHOWN = 16 << 20
"""Maximum bytes of pictures in a checkpoint. More are left out: the next frame redraws them."""


class RestoreError(RuntimeError):
    """A checkpoint could not be restored. The training is as it was before, and the message says why."""


class Checkpoint(NamedTuple):
    """A copy of a training's state. It takes ``bytes`` of host memory."""

    saved: tuple[Any, ...]
    random: Randomness
    shown: dict[str, Copied]
    copies: HostCopies
    bytes: int


class TrainingState:
    """What the user has declared to be the state of a training, and the global random number generators.

    Args:
        objects: See `View.checkpoint`.
        named: Likewise, with names for errors.

    Raises TypeError for an object that cannot be put back.

    """

    def __init__(self, objects: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        self._parts = parts_of(objects, named)
        if not self._parts:
            raise TypeError("checkpoint needs what makes up the state: the model, the optimizer, the scheduler, ...")

    def take(self, shown: Iterable[tuple[str, torch.Tensor]] = ()) -> Checkpoint:
        """Copies the state and, if they are small, the pictures ``shown``, by name. Does not wait for a GPU."""
        copies = HostCopies()
        saved = tuple(part.copied(copies) for part in self._parts)
        pictures = dict(shown)
        if sum(picture.nbytes for picture in pictures.values()) > MOST_SHOWN:
            pictures = {}
        painted = {name: copies.tensor(picture) for name, picture in pictures.items()}
        copies.ended()
        random = randomness()
        return Checkpoint(saved, random, painted, copies, copies.bytes + random.bytes)

    def put_back(self, checkpoint: Checkpoint, safety: Checkpoint, shown: Mapping[str, torch.Tensor]) -> None:
        """Restores ``checkpoint``, and its pictures into those ``shown``.

        Raises `RestoreError` if that fails. Then the state is that of ``safety``, a copy taken just before.
        """
        for part, saved in zip(self._parts, checkpoint.saved, strict=True):
            if said := part.problem(saved):
                raise RestoreError(f"{said}. Nothing was changed; call view.checkpoint again if that was meant")
        try:
            self._put_back(checkpoint, shown)
        except BaseException as error:
            self._undo(safety, shown, error)
            if not isinstance(error, Exception):
                raise
            raise RestoreError(f"{type(error).__name__}: {error}. Everything is as it was") from error

    def _undo(self, safety: Checkpoint, shown: Mapping[str, torch.Tensor], error: BaseException) -> None:
        """Goes back to ``safety``, part by part: one that cannot be loaded must not keep the others from being
        restored.
        """
        safety.copies.wait()
        failed = [part.failure(saved) for part, saved in zip(self._parts, safety.saved, strict=True)]
        restore_randomness(safety.random)
        put_back_pictures(safety.shown, shown)
        if said := "; ".join(filter(None, failed)):
            raise RestoreError(f"{error}; and then this could not be restored: {said}") from error

    def _put_back(self, checkpoint: Checkpoint, shown: Mapping[str, torch.Tensor]) -> None:
        checkpoint.copies.wait()
        for part, saved in zip(self._parts, checkpoint.saved, strict=True):
            part.put_back(saved)
        put_back_pictures(checkpoint.shown, shown)
        restore_randomness(checkpoint.random)


def put_back_pictures(saved: Mapping[str, Copied], shown: Mapping[str, torch.Tensor]) -> None:
    """Writes the pictures into those with the same name, if their shape and dtype still match."""
    for name, picture in saved.items():
        live = shown.get(name)
        if live is None or not picture.fits(live) or _is_same(picture, live):
            continue
        try:
            picture.write(live)
        except RuntimeError:  # such as overlapping memory; the next frame repaints it
            continue


def _is_same(picture: Copied, live: torch.Tensor) -> bool:
    """Returns whether ``live`` already has these values. If so it is not written, as it may be a read-only file."""
    return live.device.type == "cpu" and torch.equal(picture.values, live)
