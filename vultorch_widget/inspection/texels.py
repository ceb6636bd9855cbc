"""Reads a few texels of many tensors at once, exactly: every dtype, NaN and infinity, nothing rounded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import torch

Number = bool | int | float


class Values(NamedTuple):
    """The values of a block of texels, row by row with the channels innermost.

    ``raw`` holds the bytes as they are in the tensor, so that two readings can be compared without decoding them.
    """

    dtype: torch.dtype
    channels: int
    raw: bytes

    def numbers(self) -> tuple[Number, ...]:
        """The values as Python numbers, which represent all of them exactly."""
        return tuple(self._tensor().tolist())

    def wire(self) -> bytes:
        """The values for a page, little-endian: float64 and float32 as they are, half precision as float32, others
        int64.
        """
        tensor = self._tensor()
        if not tensor.is_floating_point():
            return tensor.to(torch.int64).numpy().astype("<i8").tobytes()
        if tensor.dtype is torch.float64:
            return tensor.numpy().astype("<f8").tobytes()
        return tensor.to(torch.float32).numpy().astype("<f4").tobytes()

    def _tensor(self) -> torch.Tensor:
        return torch.frombuffer(bytearray(self.raw), dtype=self.dtype)


class Gathering:
    """Blocks of texels on their way to the host, in one small copy per device that nothing waits for.

    ``blocks`` are (rows, columns) or (rows, columns, channels), on any devices and with any strides, none empty.
    """

    def __init__(self, blocks: Iterable[torch.Tensor]) -> None:
        blocks = [block.detach() for block in blocks]
        self._shapes = [(block.dtype, block.shape[2] if block.dim() == 3 else 1) for block in blocks]
        parts: dict[torch.device, list[tuple[int, torch.Tensor]]] = defaultdict(list)
        for index, block in enumerate(blocks):
            # A clone: a block of one texel counts as contiguous whatever its strides are, and could not be viewed.
            compact = block.clone(memory_format=torch.contiguous_format).reshape(-1)
            parts[block.device].append((index, compact.view(torch.uint8)))
        self._copies = [_Copy(device, some) for device, some in parts.items()]

    @property
    def ready(self) -> bool:
        """Whether `values` would return without waiting."""
        return all(copy.ready for copy in self._copies)

    def values(self) -> list[Values]:
        """The values of each block. Waits for the devices if they are not `ready`."""
        raw = dict(item for copy in self._copies for item in copy.read())
        return [Values(dtype, channels, raw[index]) for index, (dtype, channels) in enumerate(self._shapes)]


class _Copy:
    """The bytes of some blocks of one device."""

    def __init__(self, device: torch.device, parts: list[tuple[int, torch.Tensor]]) -> None:
        self._sizes = [(index, part.numel()) for index, part in parts]
        self._event: torch.cuda.Event | None = None
        if device.type != "cuda":
            self._bytes = torch.cat([part for _, part in parts]).cpu()
            return
        with torch.cuda.device(device):
            joined = torch.cat([part for _, part in parts])
            self._bytes = torch.empty(joined.shape, dtype=torch.uint8, pin_memory=True)
            self._bytes.copy_(joined, non_blocking=True)
            self._event = torch.cuda.Event()  # type: ignore[no-untyped-call]
            self._event.record()

    @property
    def ready(self) -> bool:
        return self._event is None or bool(self._event.query())  # type: ignore[no-untyped-call]

    def read(self) -> Iterable[tuple[int, bytes]]:
        if self._event is not None:
            self._event.synchronize()
        raw, at = self._bytes.numpy().tobytes(), 0
        for index, size in self._sizes:
            yield index, raw[at : at + size]
            at += size
