"""`python -m tests.benchmarks.gpu` on a machine with an NVIDIA GPU: what showing costs a training there. No browser.

Each training is shown with its own picture of 256 x 256, or with one changing picture of n x n. A window runs from its
first tick to its last, without the exact pictures at the end of a run. The bare loop runs before and after it, without
a view in the process. ``--quick`` measures for less time. The page is `tests.page.Page`, which reports four times a
second like the browser's.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn import functional

import vultorch_widget as vultorch
from tests.page import Page
from vultorch_widget.training.coordinates import coordinates
from vultorch_widget.training.emblem import emblem
from vultorch_widget.training.image_fit import ImageFit
from vultorch_widget.training.method import Precision
from vultorch_widget.training.model import seeded_mlp
from vultorch_widget.training.target import as_target

QUICK = "--quick" in sys.argv
SECONDS = 1.5 if QUICK else 3.0
ROUNDS = 3 if QUICK else 5
SIDES = (256, 512, 1024, 2048)
ROOM = (600, 700)
"""Device pixels for each picture, half of a view of 1200 x 700."""


def seed_loop(size: int = 256) -> Callable[[], torch.Tensor]:
    """The seed's loop: six steps with ``loss.item()``, then a forward."""
    model = seeded_mlp(64, 0).cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    places, pixels = coordinates(size, size, "cuda"), as_target(emblem(size)).cuda().reshape(-1, 3)

    def tick() -> torch.Tensor:
        for _ in range(6):
            optimizer.zero_grad()
            loss = functional.mse_loss(model(places), pixels)
            loss.backward()
            optimizer.step()
            loss.item()
        with torch.no_grad():
            return model(places).reshape(size, size, 3)

    return tick


def fit_loop(precision: Precision = "torch", steps: int = 6, size: int = 256) -> Callable[[], torch.Tensor]:
    """The same with `ImageFit`, whose steps are a CUDA graph, or the fused kernels."""
    fit = ImageFit(as_target(emblem(size)).cuda(), seed=0, precision=precision)

    def tick() -> torch.Tensor:
        fit.step(steps)
        return fit.predict()

    return tick


def beside(side: int) -> Callable[[], torch.Tensor]:
    """Six steps of `ImageFit` as a CUDA graph; what is shown is another picture, which changes all the time."""
    fit = ImageFit(as_target(emblem(256)).cuda(), seed=0, precision="torch")
    picture = as_target(emblem(side)).cuda()

    def tick() -> torch.Tensor:
        fit.step(6)
        return picture.mul_(0.9998)

    return tick


def bare(tick: Callable[[], torch.Tensor], picture: torch.Tensor, seconds: float) -> float:
    """Ticks per second of the loop without a view; at most two ahead of the GPU, as under a view."""
    events: list[torch.cuda.Event] = []
    ticks, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        picture[..., :3] = tick()
        events.append(torch.cuda.Event(blocking=True))
        events[-1].record()
        if len(events) > 2:
            events.pop(0).synchronize()
        ticks += 1
    torch.cuda.synchronize()
    return ticks / (time.perf_counter() - begun)


@dataclass
class Shown:
    """A window under a view."""

    ticks: float
    """In a second."""
    fps: float
    cost: float
    """Milliseconds of the ticker's thread a frame."""
    unseen: float
    """Ticks in a second of the bare loop, while the view is open and sends nothing."""


def shown(name: str, tick: Callable[[], torch.Tensor], side: int, first: float, max_fps: float) -> Shown:
    """Opens a view, lets it find out how much its page takes, and measures; ``first`` is a guess of ticks a second."""
    view = vultorch.View(name, 1200, 700, headless=True, max_fps=max_fps)
    view.panel("GT").canvas("gt").bind(as_target(emblem(256)).cuda())
    picture = vultorch.create_tensor(side, side, 4, "cuda", window=view.window)
    picture[..., 3] = 1
    view.panel("out").canvas("pred").bind(picture)
    page = Page(view).open(ROOM if side == 256 else (side, side))
    reported = 0.0
    publishing: list[float] = []
    publish = view._parts.showing.publish

    def timed(*, resting: bool, last: bool = False) -> bool:
        time.thread_time()  # after a pause, the first reading takes 8 µs, which are not the view's
        before = time.thread_time()
        done = publish(resting=resting, last=last)
        publishing.append(time.thread_time() - before)
        return done

    view._parts.showing.publish = timed  # type: ignore[method-assign]

    ticked: list[tuple[float, int, int]] = []

    @view.on_frame
    def frame() -> None:
        nonlocal reported
        picture[..., :3] = tick()
        now = time.perf_counter()
        ticked.append((now, page.painted, len(publishing)))
        if now - reported > 0.25:
            reported = now
            page.updates.clear()
            page.report()

    view.run(max_frames=round(first))
    gc.collect()
    publishing.clear()
    ticked.clear()
    view.run(max_frames=round(first * SECONDS))
    (begun, painted, _), (ended, last, calls) = ticked[0], ticked[-1]
    took, made = ended - begun, last - painted
    unseen = bare(tick, picture, SECONDS / 2)
    view.close()
    return Shown((len(ticked) - 1) / took, made / took, sum(publishing[:calls]) / max(1, made) * 1000, unseen)


def kept(name: str, tick: Callable[[], torch.Tensor], side: int = 256, steps: int = 6, max_fps: float = 60) -> None:
    """Steps kept under a view of a picture of ``side``; the bare loop before and after, without any view.

    An open view that sends nothing makes loops on an H200 up to 3% faster, so it is no measure for the bare loop.
    """
    plain = torch.ones(side, side, 4, device="cuda")
    shown(name, tick, side, bare(tick, plain, 1.0), max_fps)  # compiles and loads what it needs
    ratios, noise, unseen, windows = [], [], [], []
    first = bare(tick, plain, SECONDS)
    for _ in range(ROUNDS):
        window = shown(name, tick, side, first, max_fps)
        second = bare(tick, plain, SECONDS)
        ratios.append(2 * window.ticks / (first + second))
        unseen.append(2 * window.unseen / (first + second))
        noise.append(second / first)
        windows.append(window)
        first = second
    print(
        f"{name}: {steps * first:.0f} steps/s bare, itself {spread(noise)}; kept {spread(ratios)} at "
        f"{statistics.median(window.fps for window in windows):.1f} frames/s; "
        f"{statistics.median(window.cost for window in windows):.3f} ms of the thread a frame; "
        f"with a view that sends nothing {spread(unseen)}",
        flush=True,
    )


def spread(values: list[float]) -> str:
    """The median, and the least and most."""
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def main() -> None:
    """Prints all figures."""
    print(torch.cuda.get_device_name(), torch.__version__)
    kept("the seed's loop", seed_loop())
    kept("ImageFit (graph)", fit_loop())
    kept("ImageFit (exact, 100 steps a tick)", fit_loop("exact", 100), steps=100)
    for side in SIDES:
        kept(f"ImageFit (graph) beside {side} x {side}", beside(side), side)


if __name__ == "__main__":
    main()
