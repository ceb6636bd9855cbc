"""Scalars that were logged on a GPU and not read yet: reading each at once would make the training wait for it."""

from __future__ import annotations

import torch

from .history import History

SLOTS = 512
"""Scalars that may wait on one device; the next is preceded by a fetch."""


class _Slots:
    """Room on one device. Slots are written in the order of the stream that logs, and read by one transfer."""

    def __init__(self, device: torch.device) -> None:
        # Metal has no float64. An inference tensor could not be written to later on, outside of inference mode.
        with torch.inference_mode(False):
            dtype = torch.float32 if device.type == "mps" else torch.float64
            self.memory = torch.zeros(SLOTS, dtype=dtype, device=device)
            self.slots = self.memory.unbind()
        self.used = 0
        self.home = torch.cuda.current_stream(device) if device.type == "cuda" else None
        self.streams: set[torch.cuda.Stream] = set()

    def add(self, value: torch.Tensor) -> None:
        """Copies ``value``, of one element, on its device: its owner may overwrite it before it is read."""
        if self.home is not None and (stream := torch.cuda.current_stream(value.device)) not in self.streams:
            stream.wait_stream(self.home)  # the memory came with whatever that stream still had to do with it
            self.streams.add(stream)
        self.slots[self.used].copy_(value if value.dim() == 0 else value.reshape(()))
        self.used += 1

    def read(self) -> list[float]:
        """The values, in order; the slots are free again."""
        for stream in self.streams:
            torch.cuda.current_stream(self.memory.device).wait_stream(stream)
        self.streams.clear()
        values: list[float] = self.memory[: self.used].tolist()
        self.used = 0
        return values


class Pending:
    """Values on their way to their histories, in the order of logging. True where there are any."""

    def __init__(self) -> None:
        self._waiting: list[tuple[History, int, float | torch.device]] = []
        self._last_steps: dict[int, int] = {}
        self._devices: dict[torch.device, _Slots] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, history: History, step: int, value: float | torch.Tensor) -> None:
        """Keeps ``value`` for ``history``: a float that comes after waiting ones, or a tensor on a GPU."""
        if len(self._waiting) >= SLOTS:
            self.fetch()
        if isinstance(value, torch.Tensor):
            device = value.device
            if device not in self._devices:
                self._devices[device] = _Slots(device)
            self._devices[device].add(value.detach())
            self._waiting.append((history, step, device))
        else:
            self._waiting.append((history, step, value))
        self._last_steps[id(history)] = step

    def last_step(self, history: History) -> int:
        """The last step logged for ``history``, waiting or not; -1 before the first."""
        return self._last_steps.get(id(history), history.last_step)

    def fetch(self) -> None:
        """Reads every device once and hands all values to their histories."""
        if not self._waiting:
            return
        values = {device: iter(slots.read()) for device, slots in self._devices.items() if slots.used}
        waiting, self._waiting = self._waiting, []
        self._last_steps.clear()
        for history, step, value in waiting:
            history.append(step, value if isinstance(value, float) else next(values[value]))

    def clear(self) -> None:
        """Forgets what waits."""
        self._waiting.clear()
        self._last_steps.clear()
        for slots in self._devices.values():
            slots.used = 0
