"""Callbacks of a view that raise, and a user in a page who has them called again and again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

import vultorch_widget as vultorch
from tests.page import Page


class Restless(Page):
    """The user clicks on the picture and on Reset while a frame is made, and again as soon as it is shown."""

    def click(self) -> None:
        where = {"canvas": "p/c", "x": 1.0, "y": 1.0}
        how = {"button": "left", "buttons": [], "wheel": 0.0, "modifiers": [], "stroke": 1}
        for action in ("press", "release"):
            self.say("pointed", action=action, **where, **how)
        self.command("reset")

    def _take(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        super()._take(content, buffers)
        if content["kind"] == "update" and content["pictures"]:
            self.report()
            self.click()


@contextmanager
def wrong_callbacks(view: vultorch.View) -> Iterator[dict[str, int]]:
    """Counts by callback how often each has raised, and how often the view has failed (``failed``)."""
    counts = {"on_pointer": 0, "reset": 0, "failed": 0}
    tensor = torch.zeros(8, 8, 3)
    canvas = view.panel("p").canvas("c").bind(tensor)
    over = threading.Event()

    @canvas.on_pointer
    def point(event: vultorch.PointerEvent) -> None:
        counts["on_pointer"] += 1
        raise KeyError("no such brush")

    @view.reset
    def reset() -> None:
        counts["reset"] += 1
        raise ZeroDivisionError

    @view.on_frame
    def frame() -> None:
        tensor.add_(0.01)
        if view.frame_count % 2:
            page.click()

    def resume() -> None:  # a loop that waits for its user would wait for ever
        while not over.wait(0.01):
            if view.state == "failed":
                counts["failed"] += 1
                view.resume()

    page = Restless(view).open((8, 8))
    user = threading.Thread(target=resume)
    user.start()
    try:
        yield counts
    finally:
        over.set()
        user.join()
