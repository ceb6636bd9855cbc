"""What a frame costs with nothing to show, save or apply. Calls are counted: a clock would time the machine."""

from __future__ import annotations

import sys
from types import FrameType

import torch

from vultorch_widget import View

MOST_CALLS = 85
"""Calls of Python functions in one frame: 69 in a separate process, 77 if marimo was imported and is asked."""


def calls_in_frames(view: View, frames: int) -> int:
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()  # the one of a coverage run, for example
    sys.setprofile(count)
    try:
        for _ in range(frames):
            view.step()
            view.end_step()
    finally:
        sys.setprofile(before)
    return calls


def test_a_frame_with_nothing_due_calls_few_functions() -> None:
    view = View("cost", 400, 400, replay_frames=2)  # so that key frames are soon far apart
    view.panel("A").canvas("a").bind(torch.rand(8, 8, 3))
    calls_in_frames(view, 200)
    fewest = min(calls_in_frames(view, 1) for _ in range(50))
    view.close()
    assert fewest <= MOST_CALLS
