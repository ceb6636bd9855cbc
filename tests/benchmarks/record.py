"""What recording a replay takes from a training: headless, in this process, with no page and no browser."""

from __future__ import annotations

import time

import torch

from .bench import Bench, Row
from .ratios import against_bare, against_itself, median
from .work import STEPS, DisplayBoundTraining, new

NOTHING = lambda *_: None  # noqa: E731


def record(bench: Bench) -> list[Row]:
    """Display-bound work, whose ticks are short: a view's loop with the recorder and without, in turns."""
    rounds, seconds = (2, 1.0) if bench.quick else (24, 3.0)
    torch.set_num_threads(1)
    view, work = new(DisplayBoundTraining(), title="record")
    view.on_frame(work.tick)
    recording, runner = view._session.recording, view._runner
    runner.saving.write = NOTHING  # as if a notebook kept it
    frame_ended, save = recording.frame_ended, runner.save
    own = 0.0

    def timed(frame: int) -> None:
        nonlocal own
        begun = time.perf_counter()
        frame_ended(frame)
        save()
        own += time.perf_counter() - begun

    def rate(*, recorded: bool) -> float:
        recording.frame_ended = timed if recorded else NOTHING  # type: ignore[method-assign]
        runner.save = NOTHING  # type: ignore[method-assign]
        ticks, begun = view.frame_count, time.perf_counter()
        view.run(max_frames=max(1, round(seconds / tick)))
        return (view.frame_count - ticks) / (time.perf_counter() - begun)

    tick = 0.01
    tick = 1 / rate(recorded=True)
    own = 0.0
    kinds = ["bare", *["recorded", "bare"] * rounds]
    begun = time.perf_counter()
    rates = [rate(recorded=kind == "recorded") for kind in kinds]
    shown = (time.perf_counter() - begun) * rounds / len(kinds)
    bench.backend = view.backend
    view.close()
    noise, kept = median(against_itself(kinds, rates)), median(against_bare(kinds, rates, "recorded"))
    return [
        Row("record", "loop without the recorder", f"{1000 * tick:.2f} ms a tick, {STEPS / tick:.1f} steps/s"),
        Row("record", "the same against itself", str(noise), "error < 0.02", noise.error < 0.02),
        Row("record", "steps kept", str(kept), "≥ 0.99", kept.value >= 0.99),
        Row("record", "recorder's own time", f"{100 * own / shown:.2f}% of the run", "< 1%", own < 0.01 * shown),
        Row("record", "key frames", str(len(recording.recorder.key_frames.frames))),
    ]
