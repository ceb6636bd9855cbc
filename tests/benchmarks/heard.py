"""Records, in the kernel, when a slider was heard and when the training used it."""

from __future__ import annotations

import time

import vultorch_widget as vultorch
from vultorch_widget.protocol.messages import SetControl

from .work import Work

LABEL = "lr"


class Reader:
    """A tick that reads a learning-rate slider first, as any notebook does. Times are seconds since the epoch."""

    def __init__(self, view: vultorch.View, work: Work) -> None:
        self.heard: list[float] = []
        self.applied: list[float] = []
        self.cell_ended: list[float] = []
        self._panel = view.panel("Controls", side="right", width=0.24)
        self._view = view
        self._work = work
        self._last: float | None = None

    def tick(self) -> None:
        """Reads the slider, passes its value to the optimiser, and does the work."""
        value = self._panel.slider(LABEL, 1e-5, 1e-1, default=2e-3, log=True)
        if value != self._last:
            self._work.training.lr = value
            if self._last is not None:
                self.applied.append(time.time())
            self._last = value
        self._work.tick()

    def listen(self) -> None:
        """Begins to record when sliders are heard. The view must be shown already."""
        channel = self._view._parts.channel
        decode = channel.decode

        def noting(content: object) -> object:
            message = decode(content)
            if isinstance(message, SetControl):
                self.heard.append(time.time())
            return message

        channel.decode = noting

    def block(self, seconds: float) -> None:
        """Keeps the kernel busy, as a cell of the user's would."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._work.training()
        self.cell_ended.append(time.time())
