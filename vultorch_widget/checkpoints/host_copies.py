"""Copies values into host memory, and writes tensors back in place."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True, slots=True)
class Copied:
    """The copy of a tensor in host memory, and the device that the tensor is on."""

    values: torch.Tensor
    device: torch.device

    def fits(self, live: Any) -> bool:
        """True if it can be copied into ``live``."""
        return (
            isinstance(live, torch.Tensor)
            and live.shape == self.values.shape
            and live.dtype == self.values.dtype
            and live.layout == self.values.layout
            and live.device == self.device
        )

    @torch.no_grad()
    def write(self, live: torch.Tensor) -> None:
        """Copies it into the memory of ``live``, which captured CUDA graphs keep reading."""
        live.detach().copy_(self.values)

    def tensor(self) -> torch.Tensor:
        """A new tensor on the device."""
        return self.values.to(self.device, copy=True)


class HostCopies:
    """Makes the copies of one checkpoint. A tensor that occurs twice is copied once.

    A tensor on a CUDA device is cloned there in the current stream, and the clone is copied by a side stream into
    pinned memory, so neither the caller nor the training's kernels wait for the bus. `wait` waits until all copies
    have arrived.

    Attributes:
        bytes: Host memory taken so far. Pinned memory counts as torch allocates it, in powers of two.

    """

    def __init__(self) -> None:
        self.bytes = 0
        self._known: dict[object, tuple[torch.Tensor, Copied]] = {}
        self._sides: dict[torch.device, torch.cuda.Stream] = {}
        self._arrivals: list[torch.cuda.Event] = []

    def tensor(self, value: torch.Tensor) -> Copied:
        """A copy of ``value``. For a tensor on a GPU, it may still be on its way: see `wait`."""
        value = value.detach()
        key: object = id(value)
        if value.layout is torch.strided and value.numel():
            key = value.data_ptr(), value.shape, value.stride(), value.dtype, value.device
        if key in self._known:
            return self._known[key][1]
        if value.is_cuda:
            values = self._from_cuda(value)
        else:
            values = value.clone() if value.device.type == "cpu" else value.cpu()
            self.bytes += value.numel() * value.element_size()
        copied = Copied(values, value.device)
        self._known[key] = value, copied  # keeps the tensor, or another could get its address meanwhile
        return copied

    def _from_cuda(self, value: torch.Tensor) -> torch.Tensor:
        device = value.device
        with torch.cuda.device(device):
            current = torch.cuda.current_stream(device)
            if device not in self._sides:
                self._sides[device] = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
            side = self._sides[device]
            try:
                source = value.clone()
            except torch.OutOfMemoryError:
                source = value
            values = torch.empty_like(source, device="cpu", pin_memory=True)
            side.wait_stream(current)
            with torch.cuda.stream(side):
                values.copy_(source, non_blocking=True)
            source.record_stream(side)
            if source is value:  # the training must not write into it before it is read
                current.wait_stream(side)
        self.bytes += 1 << max(0, value.numel() * value.element_size() - 1).bit_length()
        return values

    def tree(self, value: Any) -> Any:
        """A copy of nested dicts, lists and tuples of tensors and plain values."""
        if isinstance(value, torch.Tensor):
            return self.tensor(value)
        if isinstance(value, dict):
            made = copy.copy(value)  # keeps the attributes of an OrderedDict
            for key, item in value.items():
                made[key] = self.tree(item)
            return made
        if isinstance(value, (list, tuple)):
            return _like(value, [self.tree(item) for item in value])
        return copy.deepcopy(value)

    def ended(self) -> None:
        """Notes that there are no more values. Drops the tensors."""
        for device, side in self._sides.items():
            with torch.cuda.device(device):
                event = torch.cuda.Event()  # type: ignore[no-untyped-call]
                event.record(side)
            self._arrivals.append(event)
        self._known.clear()

    def wait(self) -> None:
        """Waits until the copies are complete."""
        while self._arrivals:
            self._arrivals[-1].synchronize()
            self._arrivals.pop()


def written(saved: Any, live: Any) -> Any:
    """A value to load: ``saved`` with new tensors in place of copies and tensors.

    Where ``live`` has a matching tensor at the same place, that one is used, and the copy is written into it.
    """
    if isinstance(saved, torch.Tensor):
        saved = Copied(saved, live.device if isinstance(live, torch.Tensor) else saved.device)
    if isinstance(saved, Copied):
        if saved.fits(live):
            saved.write(live)
            return live
        return saved.tensor()
    if isinstance(saved, dict):
        others: Mapping[Any, Any] = live if isinstance(live, Mapping) else {}
        made = copy.copy(saved)
        for key, item in saved.items():
            made[key] = written(item, others.get(key))
        return made
    if isinstance(saved, (list, tuple)):
        same = isinstance(live, (list, tuple)) and len(live) == len(saved)
        items = [written(item, live[index] if same else None) for index, item in enumerate(saved)]
        return _like(saved, items)
    return copy.deepcopy(saved)


def _like(value: list[Any] | tuple[Any, ...], items: list[Any]) -> Any:
    """``items`` as a list or tuple of the same class as ``value``."""
    return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
