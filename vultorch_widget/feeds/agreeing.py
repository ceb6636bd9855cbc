"""How all ranks take the same values in the same step: rank 0 sends them by the process group."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import torch

Chosen = dict[str, float | int | bool]
"""Values by label."""

_log = logging.getLogger(__name__)


class Agreeing:
    """Sends what rank 0 has heard to all ranks. Without a process group each rank keeps what it has heard itself.

    So it does once a rank is gone: what the training does without that rank is for the training to say.
    """

    def __init__(self) -> None:
        self._alone = False
        self._group: Any = None  # on the host, whatever the training's own group uses

    def agreed(self, chosen: Chosen, *, stop: bool) -> tuple[Chosen, bool]:
        """Returns values by label and whether to stop, the same for all ranks that call it together."""
        if self._alone:
            return chosen, stop
        try:
            return self._broadcast(chosen, stop=stop)
        except RuntimeError as error:  # gloo's
            self._alone = True
            _log.warning("The ranks do not agree on controls any more, each hears them by itself: %s", error)
            return chosen, stop

    def _broadcast(self, chosen: Chosen, *, stop: bool) -> tuple[Chosen, bool]:
        import torch.distributed as dist  # noqa: PLC0415 (slow to import)

        if not (dist.is_available() and dist.is_initialized()) or dist.get_world_size() == 1:
            return chosen, stop
        if self._group is None:
            self._group = dist.new_group(backend="gloo", timeout=timedelta(minutes=30))
        said = json.dumps([chosen, stop]).encode() if chosen or stop else b""
        size = torch.tensor([len(said)])
        dist.broadcast(size, 0, group=self._group)
        if not int(size):  # in nearly all steps
            return {}, False
        first = dist.get_rank() == 0
        data = (
            torch.frombuffer(bytearray(said), dtype=torch.uint8) if first else torch.empty(int(size), dtype=torch.uint8)
        )
        dist.broadcast(data, 0, group=self._group)
        values, ends = json.loads(bytes(data.tolist()))
        return values, ends
