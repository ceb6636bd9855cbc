"""A panel without a view, for tests of controls."""

from __future__ import annotations

import time
from collections.abc import Callable

from vultorch_widget.annotations.label_colors import LabelColors
from vultorch_widget.controls.store import Store
from vultorch_widget.inspection.links import Links
from vultorch_widget.pictures.pixels import Pixels
from vultorch_widget.render.renderer import Renderer
from vultorch_widget.transfer.downloads import Downloads
from vultorch_widget.transfer.temporary_folder import Folder
from vultorch_widget.tree.canvas import Canvas, Host
from vultorch_widget.tree.panel import Panel
from vultorch_widget.video import Films


class NoPictures:
    """Has no picture of any canvas."""

    def composite(self, canvas: Canvas) -> Pixels | None:
        return None


def lone_panel(clock: Callable[[], float] = time.monotonic) -> Panel:
    """A panel without a view, whose controls read the time from ``clock``, in seconds."""
    host = Host(
        renderer=Renderer("torch", lambda _: None),
        offscreen=NoPictures(),
        films=Films(),
        folder=Folder(),
        downloads=Downloads(),
        label_colors=LabelColors(),
        links=Links(),
        tell=lambda _: None,
    )
    panel = Panel("p", side=None, width=0.0, host=host)
    panel.store = Store(clock)
    return panel
