"""A panel by itself, in no view, for tests of controls."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from vultorch_widget.controls.store import Store
from vultorch_widget.transfer.downloads import Downloads
from vultorch_widget.transfer.temporary_folder import Folder
from vultorch_widget.tree.canvas import Host
from vultorch_widget.tree.panel import Panel
from vultorch_widget.video import Recordings


def lone_panel(clock: Callable[[], float] = time.monotonic) -> Panel:
    """A panel of no view, whose controls know the time from ``clock``, in seconds."""
    host = Host(
        allocate=lambda *_: torch.zeros(1, 1, 4),
        composite=lambda _: None,
        recordings=Recordings(),
        folder=Folder(),
        downloads=Downloads(),
    )
    panel = Panel("p", side=None, width=0.0, host=host)
    panel.store = Store(clock)
    return panel
