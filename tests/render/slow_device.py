"""A device that finishes pictures after the tick in which they were begun, as a GPU does beside a training."""

from __future__ import annotations

from weakref import WeakSet

import pytest

from vultorch_widget.render.renderer import Rendering


def finish_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes renderings ready when they are asked for the second time, which ticks do once each."""
    begun: WeakSet[Rendering] = WeakSet()

    def finished(rendering: Rendering) -> bool:
        known = rendering in begun
        begun.add(rendering)
        return known

    monkeypatch.setattr(Rendering, "ready", property(finished))
