"""Records, in the kernel and without sending a message, what a view has done so far."""

from __future__ import annotations

import asyncio
import time

import vultorch_widget as vultorch

INTERVAL = 0.25

Sample = tuple[float, int, int, int, int, int]
"""Seconds since the epoch, frames, tiles composited, frames sent, messages, bytes of their buffers."""


def sampled(training: str, title: str) -> str:
    """The cell of a view that shows a ``training`` from `work`; its samples are in ``taken``."""
    return f"""
import torch
torch.set_num_threads(1)
from tests.benchmarks import samples, work as works

view, work = works.new(works.{training}(), title="{title}")

@view.on_frame
def frame():
    work.tick()
    view.log(loss=1 / (1 + view.frame_count))

view.run()
taken = samples.start(view)
"""


def start(view: vultorch.View) -> list[Sample]:
    """A list that grows as long as the kernel lives. The view must be shown already."""
    samples: list[Sample] = []

    async def sample() -> None:
        parts = view._parts
        while True:
            channel = parts.channel
            counts = parts.pictures.composed, parts.pacer._seq, channel.messages, channel.sent_bytes
            samples.append((time.time(), parts.frames.count, *counts))
            await asyncio.sleep(INTERVAL)

    start.task = asyncio.create_task(sample())  # type: ignore[attr-defined]  # the loop itself only holds it weakly
    return samples
