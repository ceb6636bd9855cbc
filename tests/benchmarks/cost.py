"""What showing costs the training, and what it delivers: steps kept, frames painted, latency, bytes."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

import vultorch_widget as vultorch

from .bench import Bench, Probe, Row, drain, wait_for_file
from .ratios import Median, against_bare, against_itself, median
from .stamp import unwrap
from .windows import SETTLE, Measured, Window, interleaved

DEFAULT_FPS = inspect.signature(vultorch.View).parameters["max_fps"].default
NOISE = 0.02
"""The bare loop's ratio to itself must be within this error for a ratio of steps kept to mean anything."""
START = """
import asyncio, torch
from pathlib import Path
torch.set_num_threads(1)
from tests.benchmarks import work as works, windows

view, work = works.new(works.{training}(), title="{training}")
view.on_frame(work.tick)
view.run()
{rival}
"""
RIVAL = """
from IPython.display import display
from tests.benchmarks.rival import Minimal

rival = Minimal()
display(rival)
"""
IN_SIGHT = """
() => {
    const shown = [...document.querySelectorAll('canvas[data-vw-canvas$="/pred"]')];
    const inside = ({ top, bottom }) => top >= 0 && bottom <= innerHeight;
    document.querySelector(".vw-root")?.scrollIntoView();
    return shown.length === 2 && shown.every((canvas) => inside(canvas.getBoundingClientRect()));
}
"""
"""Whether the page shows the view and the minimal widget, once each and completely, scrolled into sight."""
RUN = """
task = windows.start(view, work, {windows}, Path({results!r}), globals().get("rival"))
""".replace("{windows}", "[windows.Window(*each) for each in {windows}]")


@dataclass(frozen=True)
class Run:
    """All windows of a run, and what the page recorded meanwhile."""

    windows: list[Measured]
    ready: list[float]
    probe: Probe

    def of(self, kind: str) -> list[Measured]:
        """The windows of one kind."""
        return [window for window in self.windows if window.kind == kind]

    def ratio(self, kind: str) -> Median:
        """Steps kept, relative to the bare loop."""
        return median(against_bare([w.kind for w in self.windows], [w.rate for w in self.windows], kind))

    def noise(self) -> Median:
        """The bare loop relative to itself."""
        return _noise_of(self.windows)

    def frames(self, window: Measured) -> dict[int, float]:
        """Frame -> when it was first painted, or first seen, for frames within a window."""
        painted: dict[int, float] = {}
        for at, seen in self.probe.seen or self.probe.frames:
            if window.began <= at <= window.ended and (frame := unwrap(seen, at, self.ready)) is not None:
                painted.setdefault(frame, at)
        return painted

    def painted_a_second(self, kind: str) -> float:
        """Distinct frames painted per second, over all windows of a kind."""
        windows = self.of(kind)
        return sum(len(self.frames(w)) for w in windows) / sum(w.ended - w.began for w in windows)

    def latencies(self, kind: str) -> np.ndarray:
        """Milliseconds from tensor ready to painted, for every frame painted. Raises RuntimeError if there are none."""
        pairs = [pair for window in self.of(kind) for pair in self.frames(window).items()]
        if not pairs:
            raise RuntimeError(f"no frame was seen in {len(self.of(kind))} windows of kind {kind!r}")
        return np.array([(at - self.ready[frame]) * 1000 for frame, at in pairs])

    def kib_a_frame(self, kind: str) -> float:
        """KiB over the WebSocket, everything included, per frame painted."""
        windows = self.of(kind)
        received = sum(self.probe.bytes("received", w.began, w.ended) for w in windows)
        return received / 1024 / sum(len(self.frames(w)) for w in windows)

    def a_second(self, what: str, kind: str) -> float:
        """Entries per second of one of the probe's lists, in windows of a kind."""
        windows = self.of(kind)
        return sum(self.probe.count(what, w.began, w.ended) for w in windows) / sum(w.ended - w.began for w in windows)


def run(bench: Bench, training: str, windows: list[Window], *, most: int = 1, rival: bool = False) -> Run:
    """Runs ``windows`` of a training of `work` in a notebook, ``most`` times until the noise is less than `NOISE`.

    ``rival`` puts the minimal widget below the view, and makes the page record what is seen rather than what is
    painted.
    """
    results = bench.lab.folder / f"{training}.json"
    listed = [(w.kind, w.seconds, w.warm, w.max_fps) for w in windows]
    cells = (
        START.format(training=training, rival=RIVAL if rival else ""),
        RUN.format(windows=listed, results=str(results)),
    )
    with bench.notebook(*cells) as notebook:
        notebook.run(0)
        notebook.wait_for_state("running")
        bench.note_backend(notebook)
        if rival:
            notebook.page.evaluate("probe.look()")
        measured: list[Measured] = []
        expected = sum(w.seconds + w.warm + SETTLE for w in windows)
        for _ in range(most):
            results.unlink(missing_ok=True)
            notebook.run(1)
            if rival:  # running a cell may scroll to it, and nothing is sent to what is out of sight
                notebook.wait_until(IN_SIGHT)
            with bench.browser.unwatched(notebook):
                content = wait_for_file(results, 60 + 2 * expected)
            measured += [Measured(**each) for each in content["windows"]]
            if _noise_of(measured).error < NOISE:
                break
        probe = drain(notebook)
    return Run(measured, content["ready"], probe)


def _noise_of(windows: list[Measured]) -> Median:
    return median(against_itself([w.kind for w in windows], [w.rate for w in windows]))


def display(bench: Bench) -> list[Row]:
    """Display-bound work, at the default rate and with ``max_fps=10``."""
    shown = [Window("default", 4, 1, DEFAULT_FPS), Window("max_fps=10", 4, 1, 10)]
    if bench.quick:
        windows = interleaved([Window(w.kind, 2, 1, w.max_fps) for w in shown], rounds=2, seconds=2, warm=0.2)
    else:
        windows = interleaved(shown, rounds=12, seconds=4, warm=0.3)
    done = run(bench, "DisplayBoundTraining", windows)
    rows = [_tick("display", done), _noise("display", done)]
    rows += [_kept("display", done, "default", 0.86), _painted("display", done, "default", 50)]
    rows += _latency("display", done, "default")
    rows += [_kept("display", done, "max_fps=10", 0.95), _painted("display", done, "max_fps=10")]
    rows += _latency("display", done, "max_fps=10", aim=False)
    return rows + _bytes("display", done, "default")


def rival(bench: Bench) -> list[Row]:
    """The view against a minimal anywidget, alone and beside two busy loops: steps kept, frames seen, latency."""
    shown = [Window("view", 4, 1, DEFAULT_FPS), Window("minimal", 4, 1)]
    rounds = 2 if bench.quick else 8
    windows = interleaved(shown, rounds=rounds, seconds=4, warm=0.3)
    rows = _beside("rival", run(bench, "DisplayBoundTraining", windows, rival=True))
    with busy(2):
        rows += _beside("rival, busy", run(bench, "DisplayBoundTraining", windows, rival=True))
    return rows


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Other processes that compute all the time."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def _beside(name: str, done: Run) -> list[Row]:
    """The three figures of the view, each with the minimal widget's as its target."""
    rows = [_tick(name, done), Row(name, "bare against itself", str(done.noise()))]
    ours, theirs = done.ratio("view").value, done.ratio("minimal").value
    rows.append(Row(name, "steps kept", f"{ours:.3f}", f"> {theirs:.3f}", ours > theirs))
    ours, theirs = done.painted_a_second("view"), done.painted_a_second("minimal")
    rows.append(Row(name, "frames seen", f"{ours:.1f} /s", f"> {theirs:.1f} /s", ours > theirs))
    for figure, percentile in (("median", 50), ("p95", 95)):
        ours, theirs = (float(np.percentile(done.latencies(kind), percentile)) for kind in ("view", "minimal"))
        rows.append(Row(name, f"latency as seen, {figure}", f"{ours:.1f} ms", f"< {theirs:.1f} ms", ours < theirs))
    return rows


def seed(bench: Bench) -> list[Row]:
    """The seed's work: 256x256, six full-batch steps a tick."""
    rounds, seconds, most = (2, 4, 1) if bench.quick else (30, 6, 4)
    windows = interleaved([Window("default", seconds, 1, DEFAULT_FPS)], rounds=rounds, seconds=seconds, warm=0.2)
    done = run(bench, "SeedTraining", windows, most=most)
    return [
        _tick("seed", done),
        _noise("seed", done),
        _kept("seed", done, "default", 0.97),
        _painted("seed", done, "default"),
        *_latency("seed", done, "default", aim=False),
    ]


def _tick(name: str, done: Run) -> Row:
    rate = float(np.median([window.rate for window in done.of("bare")]))
    return Row(name, "bare loop", f"{1000 / rate:.2f} ms a tick, {6 * rate:.1f} steps/s")


def _noise(name: str, done: Run) -> Row:
    noise = done.noise()
    return Row(name, "bare against itself", str(noise), f"error < {NOISE}", noise.error < NOISE)


def _kept(name: str, done: Run, kind: str, least: float) -> Row:
    ratio = done.ratio(kind)
    return Row(name, f"steps kept, {kind}", str(ratio), f"≥ {least}", ratio.value >= least)


def _painted(name: str, done: Run, kind: str, least: float | None = None) -> Row:
    rate = done.painted_a_second(kind)
    target = "" if least is None else f"≥ {least}"
    return Row(name, f"frames painted, {kind}", f"{rate:.1f} /s", target, None if least is None else rate >= least)


def _latency(name: str, done: Run, kind: str, *, aim: bool = True) -> list[Row]:
    latencies = done.latencies(kind)
    rows = []
    for figure, percentile, most in (("median", 50, 15), ("p95", 95, 40)):
        value = float(np.percentile(latencies, percentile))
        target, met = (f"≤ {most} ms", value <= most) if aim else ("", None)
        rows.append(Row(name, f"latency, {kind}, {figure}", f"{value:.1f} ms", target, met))
    return rows


def _bytes(name: str, done: Run, kind: str) -> list[Row]:
    windows = done.of(kind)
    size = done.kib_a_frame(kind)
    unchanged = sum(done.probe.count("others", w.began, w.ended) for w in windows)
    seconds = sum(w.ended - w.began for w in windows)
    return [
        Row(name, "bytes a painted frame, one of two panels changing", f"{size:.2f} KiB", "≤ 12 KiB", size <= 12),
        Row(name, "pictures of the panel that does not change", str(unchanged), "0", unchanged == 0),
        Row(name, "composited a second", f"{sum(w.composed for w in windows) / seconds:.1f}"),
        Row(name, "messages a second to the page", f"{done.a_second('received', kind):.1f}"),
        Row(name, "messages a second from the page", f"{done.a_second('sent', kind):.1f}"),
        Row(name, "measuring in the page", f"{_measuring(done):.2f} ms a second"),
    ]


def _measuring(done: Run) -> float:
    shown = sum(w.ended - w.began for w in done.windows if w.kind != "bare")
    return done.probe.cost * 1000 / shown
