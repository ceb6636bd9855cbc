"""`python -m tests.benchmarks.cpu_fit`: how fast `ImageFit` steps on a CPU, in blocks and by autograd.

The two take turns, with one thread and with two; each ratio is within a round. ``--quick`` measures for less time.
"""

from __future__ import annotations

import statistics
import sys
import time

import torch

from vultorch_widget.training.emblem import emblem
from vultorch_widget.training.image_fit import ImageFit
from vultorch_widget.training.method import Precision
from vultorch_widget.training.target import as_target

QUICK = "--quick" in sys.argv
ROUNDS = 5 if QUICK else 15
STEPS = 6
KINDS: tuple[Precision, ...] = ("torch", "exact")


def compared(side: int, threads: int) -> str:
    """Milliseconds per step of both, and the median of the rounds' ratios."""
    torch.set_num_threads(threads)
    target = as_target(emblem(side))
    fits = [ImageFit(target, seed=0, precision=kind) for kind in KINDS]
    took: list[list[float]] = [[], []]
    for _ in range(ROUNDS):
        for fit, times in zip(fits, took, strict=True):
            begun = time.perf_counter()
            fit.step(STEPS)
            times.append((time.perf_counter() - begun) / STEPS * 1000)
    autograd, blocked = took
    ratios = [one / other for one, other in zip(autograd, blocked, strict=True)]
    return (
        f"{side} x {side}, {threads} threads: autograd {statistics.median(autograd):.1f} ms a step, in blocks "
        f"{statistics.median(blocked):.1f} ms; {statistics.median(ratios):.2f} times ({min(ratios):.2f} to "
        f"{max(ratios):.2f})"
    )


def main() -> None:
    """Prints all figures."""
    for side in (256, 512):
        for threads in (1, 2):
            print(compared(side, threads))


if __name__ == "__main__":
    main()
