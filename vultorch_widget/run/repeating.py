"""Repeats frames after a rewind, with the controls as they were."""

from __future__ import annotations

from typing import Any

from .branches import Setting
from .hand import Hand, Key, is_click
from .session import Session


def repeat(session: Session, hand: Hand, settings: list[Setting], step: int, most: int) -> None:
    """Runs the callbacks up to ``step``, with controls as in ``settings``, without showing anything.

    Raises RuntimeError if frame number ``most`` does not reach it: the frames depend on more than the state.
    """
    values: dict[Key, Any] = {}
    for setting in reversed(settings):  # a control that comes later has its first value until then
        values |= setting.values
    values = {key: value for key, value in values.items() if not is_click(key)}
    waiting = list(reversed(settings))
    fresh = True
    while session.step < step and not session.callbacks.running:
        frame, clicks = session.frames.count + 1, {}
        if frame > most:
            raise RuntimeError(
                f"they have only come to step {session.step:,} by frame {most:,}, and to step {step:,} before. Name "
                "everything that they depend on in view.checkpoint, such as a variable that counts steps"
            )
        while waiting and waiting[-1].frame <= frame:
            setting = waiting.pop()
            fresh = True
            values |= {key: value for key, value in setting.values.items() if not is_click(key)}
            if setting.frame == frame:
                clicks = {key: value for key, value in setting.values.items() if is_click(key)}
        if fresh and settings:
            hand.put_back(values | clicks)
        fresh = False
        session.begin_frame()
        session.callbacks()
        if not session.tree.in_frame:  # a callback has closed the view
            return
        session.end_frame()
