"""Scalars logged on a GPU and not read yet. Reading each at once would make the training wait for the GPU."""

from __future__ import annotations

import torch

from .history import History

SLOTS = 512
"""Maximum unread scalars per device. The next one causes a fetch."""


class _Slots:
    """Memory for scalars on one device. It is written in the order of the logging stream, and read in one transfer."""

    def __init__(self, device: torch.device) -> None:
        # Metal has no float64. Outside inference mode, an inference tensor would be read-only.
        with torch.inference_mode(False):
            dtype = torch.float32 if device.type == "mps" else torch.float64
            self.memory = torch.zeros(SLOTS, dtype=dtype, device=device)
            self.slots = self.memory.unbind()
        self.used = 0
        self.home = torch.cuda.current_stream(device) if device.type == "cuda" else None
        self.streams: set[torch.cuda.Stream] = set()

    def add(self, value: torch.Tensor) -> None:
        """Copies the one-element ``value`` on its device, since its owner may overwrite it before it is read."""
        if self.home is not None and (stream := torch.cuda.current_stream(value.device)) not in self.streams:
            stream.wait_stream(self.home)  # the allocation may still be in use by earlier work on that stream
            self.streams.add(stream)
        self.slots[self.used].copy_(value if value.dim() == 0 else value.reshape(()))
        self.used += 1

    def read(self) -> list[float]:
        """Returns the values in order and frees the slots."""
        for stream in self.streams:
            torch.cuda.current_stream(self.memory.device).wait_stream(stream)
        self.streams.clear()
        values: list[float] = self.memory[: self.used].tolist()
        self.used = 0
        return values


class Pending:
    """Values on the way to their histories, in logging order. True if there are any."""

    def __init__(self) -> None:
        self._waiting: list[tuple[History, int, float | torch.device]] = []
        self._last_steps: dict[int, int] = {}
        self._devices: dict[torch.device, _Slots] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, history: History, step: int, value: float | torch.Tensor) -> None:
        """Queues ``value`` for ``history``: a tensor on a GPU, or a float that follows queued values."""
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
        """The last step logged for ``history``, queued or not; -1 before the first."""
        return self._last_steps.get(id(history), history.last_step)

    def fetch(self) -> None:
        """Reads every device once and passes all values to their histories."""
        if not self._waiting:
            return
        values = {device: iter(slots.read()) for device, slots in self._devices.items() if slots.used}
        waiting, self._waiting = self._waiting, []
        self._last_steps.clear()
        for history, step, value in waiting:
            history.append(step, value if isinstance(value, float) else next(values[value]))

    def clear(self) -> None:
        """Discards all queued values."""
        self._waiting.clear()
        self._last_steps.clear()
        for slots in self._devices.values():
            slots.used = 0
