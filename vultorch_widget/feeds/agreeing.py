"""How all ranks take the same values in the same step: rank 0 sends them through the process group."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from weakref import WeakKeyDictionary

import torch

Chosen = dict[str, float | int | bool]
"""Values by label."""
INTERVAL = 0.03
"""Minimum seconds between two agreements of the ranks, as far as `MOST_STEPS` allows."""
MOST_STEPS = 8
"""Maximum steps between two agreements: later steps may be much slower than earlier ones."""
PATIENCE = timedelta(minutes=30)
"""Longest wait for a rank that does not come."""

_log = logging.getLogger(__name__)
_groups: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()  # our own group for each process group of a training


def host_group() -> Any:
    """A group of all ranks on the host, whatever the training's own group uses; None if there are no other ranks.

    All must call it together the first time. It is made once for a process group, however many feeds are opened.
    """
    import torch.distributed as dist  # noqa: PLC0415 (slow to import)

    if not (dist.is_available() and dist.is_initialized()) or dist.get_world_size() == 1:
        return None
    world = dist.group.WORLD
    if world not in _groups:
        _groups[world] = dist.new_group(backend="gloo", timeout=PATIENCE)
    return _groups[world]


class Agreeing:
    """Sends what rank 0 has heard to all ranks. Without a process group each rank keeps what it has heard itself.

    So it does once a rank is gone: what the training does without that rank is for the training to say.
    """

    def __init__(self) -> None:
        self._alone = False
        self._rest = 0  # steps until ranks agree again, as set by rank 0
        self._steps = 1  # steps from the last agreement to this one
        self._at = 0.0

    def agreed(self, heard: Callable[[], tuple[Chosen, bool]]) -> tuple[Chosen, bool]:
        """Values by label and whether to stop, the same for all ranks that call it together in each step.

        ``heard`` returns what is new, and is called when there is time for that.
        """
        if self._rest:
            self._rest -= 1
            return {}, False
        chosen, stop = heard()
        if self._alone:
            return chosen, stop
        try:
            return self._broadcast(chosen, stop=stop)
        except RuntimeError as error:  # gloo's
            self._alone = True
            _log.warning("The ranks no longer agree on controls, and each reads its own: %s", error)
            return chosen, stop

    def _broadcast(self, chosen: Chosen, *, stop: bool) -> tuple[Chosen, bool]:
        import torch.distributed as dist  # noqa: PLC0415 (slow to import)

        group = host_group()
        if group is None:
            return chosen, stop
        said = json.dumps([chosen, stop]).encode() if chosen or stop else b""
        head = torch.tensor([len(said), self._until_next()])
        dist.broadcast(head, 0, group=group)
        size, self._steps = head.tolist()
        self._rest = self._steps - 1
        if not size:  # nearly always
            return {}, False
        first = dist.get_rank() == 0
        data = torch.frombuffer(bytearray(said), dtype=torch.uint8) if first else torch.empty(size, dtype=torch.uint8)
        dist.broadcast(data, 0, group=group)
        values, ends = json.loads(bytes(data.tolist()))
        return values, ends

    def _until_next(self) -> int:
        """How many steps later to agree again. Each agreement costs every rank a tenth of a millisecond."""
        now = time.monotonic()
        one = max(1e-9, (now - self._at) / self._steps)  # clocks may be coarse
        self._at = now
        return max(1, min(MOST_STEPS, 2 * self._steps, int(INTERVAL / one)))
