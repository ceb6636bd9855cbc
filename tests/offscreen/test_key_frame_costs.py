"""What a key frame is charged for."""

from __future__ import annotations

import pytest
import torch

import vultorch_widget as vultorch
from vultorch_widget.render.renderer import Rendering

HELD_UP = 0.03


def test_a_key_frame_that_holds_up_a_gpu_pays_for_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own work takes the thread far less time, and would allow many more."""

    def taken(held_up: float) -> tuple[int, float]:
        monkeypatch.setattr(Rendering, "held_up", held_up)
        view = vultorch.View("charged", headless=True, backend="torch")
        tensor = torch.zeros(4, 4, 3)
        view.panel("p").canvas("c").bind(tensor)
        view.on_frame(lambda: tensor.add_(0.001))
        view.run(max_frames=200)
        replay = view._parts.offscreen.replay
        frames, spent = len(replay.builder.key_frames.frames), replay.budget.spent
        view.close()
        return frames, spent

    many, _ = taken(0.0)
    few, spent = taken(HELD_UP)
    assert few < many
    assert spent >= 3 * HELD_UP  # the first is free, and events have a budget of their own
