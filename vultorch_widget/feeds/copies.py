"""Copies of tensors that the training's thread makes, and how another thread works on them without delaying it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch


def happened(device: torch.device) -> torch.cuda.Event | None:
    """An event after everything that the calling thread has queued on ``device`` so far; None for the CPU."""
    if device.type != "cuda":
        return None
    with torch.cuda.device(device):
        event = torch.cuda.Event()  # type: ignore[no-untyped-call]
        event.record()
    return event


class Copied(NamedTuple):
    """A copy of a tensor, complete once ``ready`` has happened, if that is not None."""

    tensor: torch.Tensor
    ready: torch.cuda.Event | None
    step: int


class Streams:
    """A stream of ours for each GPU. One thread."""

    def __init__(self) -> None:
        self._streams: dict[torch.device, torch.cuda.Stream] = {}

    @contextmanager
    def beside(self, copies: Sequence[Copied]) -> Iterator[None]:
        """Works on ``copies`` of one device on a stream of ours, which does not hold up the training's.

        Nor does it wait for what the training has queued since.
        """
        device = copies[0].tensor.device
        if device.type != "cuda":
            yield
            return
        stream = self._streams.get(device)
        if stream is None:
            stream = self._streams[device] = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        with torch.cuda.device(device), torch.cuda.stream(stream):
            for copied in copies:
                assert copied.ready is not None
                stream.wait_event(copied.ready)
                copied.tensor.record_stream(stream)  # the allocator knows streams by what is recorded
            yield
