"""What a key frame is charged for."""

from __future__ import annotations

import weakref

import pytest
import torch

import vultorch_widget as vultorch
from vultorch_widget.render.renderer import Rendering

HELD_UP = 0.03


class Slow:
    """Pictures that are ready when they are looked at for the ``looks``-th time."""

    def __init__(self, looks: int) -> None:
        self.looks = looks
        self._seen: weakref.WeakKeyDictionary[Rendering, int] = weakref.WeakKeyDictionary()

    def __get__(self, rendering: Rendering, _: type) -> bool:
        self._seen[rendering] = seen = self._seen.get(rendering, 0) + 1
        return seen >= self.looks


@pytest.mark.parametrize("looks", [1, 5])
def test_a_key_frame_that_holds_up_a_gpu_pays_for_that(looks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own work takes the thread far less time, and would allow many more. It pays once, in whichever tick its
    pictures are ready.
    """
    monkeypatch.setattr(Rendering, "ready", Slow(looks))

    def taken(held_up: float) -> tuple[int, float]:
        monkeypatch.setattr(Rendering, "held_up", held_up)
        view = vultorch.View("charged", headless=True, backend="torch")
        tensor = torch.zeros(4, 4, 3)
        view.panel("p").canvas("c").bind(tensor)
        view.on_frame(lambda: tensor.add_(0.001))
        view.run(max_frames=200)
        replay = view._parts.offscreen.replay
        frames, spent = len(replay.builder.key_frames.frames), replay.budget.spent
        assert replay.budget.usual >= held_up
        if held_up:
            assert round((replay.budget.spent + replay.event_budget.spent) / held_up) <= frames
        view.close()
        return frames, spent

    many, _ = taken(0.0)
    few, spent = taken(HELD_UP)
    assert few < many
    assert spent >= 3 * HELD_UP  # the first is free, and events have a budget of their own
