"""What recording a replay costs a training: headless, in this process, without a page or a browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from .bench import Bench, Row
from .ratios import against_bare, against_itself, median
from .work import STEPS, DisplayBoundTraining, new


def nothing(*_: object) -> None:
    """Does nothing, in place of what is measured."""


@dataclass
class Turns:
    """One uninterrupted run, which is recorded in every other of its windows.

    The recorder's clock stops in the other windows, so that it earns no time in them. It saves as in practice: every
    ten seconds or less often, and at the end.
    """

    rounds: int
    seconds: float
    windows: list[tuple[int, float]] = field(default_factory=list)  # ticks and seconds of each
    saves: list[int] = field(default_factory=list)  # bytes of each
    own: float = 0.0  # seconds that the recorder took
    ending: float = 0.0  # seconds of the last save
    key_frames: int = 0
    backend: str = ""

    @property
    def kinds(self) -> list[str]:
        """The kind of each window."""
        return ["bare", *["recorded", "bare"] * self.rounds]

    def run(self) -> None:
        """Runs them all, headless, without a page."""
        view, work = new(DisplayBoundTraining(), title="record")
        recording, runner, saving = view._parts.offscreen.replay, view._parts.runner, view._parts.saving
        saving.write = lambda kept: self.saves.append(len(kept.poster) + len(kept.replay))
        timed, count = self._timed(recording.frame_ended, runner.save), recording.count
        runner.save = nothing  # type: ignore[method-assign] (timed, with the rest)
        recording.frame_ended = timed  # type: ignore[method-assign]
        view.on_frame(work.tick)
        view.run(max_frames=20)  # opens the device
        self.own = begun = 0.0
        first = 0

        def open_window() -> None:
            nonlocal begun, first
            recorded = self.kinds[len(self.windows)] == "recorded"
            recording.frame_ended = timed if recorded else nothing  # type: ignore[method-assign]
            recording.count = count if recorded else nothing  # type: ignore[method-assign]
            recording._pace.rest()
            recording._pace.go_on(time.perf_counter())
            begun, first = time.perf_counter(), view.frame_count

        @view.on_frame
        def tick() -> None:
            work.tick()
            view.log(loss=0.5)
            took = time.perf_counter() - begun
            if took < self.seconds:
                return
            self.windows.append((view.frame_count - first, took))
            if len(self.windows) < len(self.kinds):
                open_window()
            else:
                runner.stop()

        open_window()
        view.run()
        begun = time.perf_counter()
        saving.now()
        self.ending = time.perf_counter() - begun
        self.key_frames, self.backend = len(recording.builder.key_frames.frames), view.backend
        view.close()

    def _timed(self, frame_ended: Callable[[int], None], save: Callable[[], None]) -> Callable[[int], None]:
        def timed(frame: int) -> None:
            begun = time.perf_counter()
            frame_ended(frame)
            save()
            self.own += time.perf_counter() - begun

        return timed


def record(bench: Bench) -> list[Row]:
    """Display-bound work, whose ticks are short, recorded in turns."""
    torch.set_num_threads(1)
    turns = Turns(2, 1.0) if bench.quick else Turns(10, 11.0)
    turns.run()
    bench.backend = turns.backend
    rates = [ticks / took for ticks, took in turns.windows]
    shown = sum(took for kind, (_, took) in zip(turns.kinds, turns.windows, strict=True) if kind == "recorded")
    bare = median([rate for kind, rate in zip(turns.kinds, rates, strict=True) if kind == "bare"]).value
    noise, kept = median(against_itself(turns.kinds, rates)), median(against_bare(turns.kinds, rates, "recorded"))
    own, saves = turns.own, turns.saves
    return [
        Row("record", "loop without the recorder", f"{1000 / bare:.2f} ms a tick, {STEPS * bare:.1f} steps/s"),
        Row("record", "the same against itself", str(noise), "error < 0.02", noise.error < 0.02),
        Row("record", "steps kept", str(kept), "≥ 0.99", kept.value >= 0.99),
        Row("record", "recorder's own time", f"{100 * own / shown:.2f}% of {shown:.0f} s", "< 1%", own < 0.01 * shown),
        Row("record", "saves", f"{len(saves)}, {max(saves) / (1 << 20):.2f} MiB at most"),
        Row("record", "the save at its end", f"{1000 * turns.ending:.0f} ms, once"),
        Row("record", "key frames", str(turns.key_frames)),
    ]
