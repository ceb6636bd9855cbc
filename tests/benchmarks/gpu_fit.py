"""`python -m tests.benchmarks.gpu_fit` on a machine with a Hopper GPU: steps per second of `ImageFit`, and losses.

The kinds take turns; ratios are of the same round. ``--quick`` measures less long.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import torch
from torch.nn import functional

from vultorch_widget.training.coordinates import coordinates
from vultorch_widget.training.emblem import emblem
from vultorch_widget.training.image_fit import ImageFit
from vultorch_widget.training.method import Method, Precision
from vultorch_widget.training.model import seeded_mlp
from vultorch_widget.training.target import as_target

QUICK = "--quick" in sys.argv
ROUNDS = 3 if QUICK else 5
SEEDS = 3 if QUICK else 5
METHODS: dict[Precision, Method] = {"torch": "graph", "exact": "fused", "fast": "fused"}
"""How the steps of each kind have to run, or its figures would be those of another."""


def timed(steps: Callable[[int], object], count: int) -> float:
    """Microseconds per step."""
    torch.cuda.synchronize()
    began = time.perf_counter()
    steps(count)
    torch.cuda.synchronize()
    return (time.perf_counter() - began) / count * 1e6


def seed_steps(picture: torch.Tensor, width: int) -> Callable[[int], object]:
    """The seed's loop, which reads the loss of every step."""
    model = seeded_mlp(width, 0).cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    places, pixels = coordinates(*picture.shape[:2], "cuda"), picture.reshape(-1, 3)

    def steps(count: int) -> None:
        for _ in range(count):
            optimizer.zero_grad()
            loss = functional.mse_loss(model(places), pixels)
            loss.backward()
            optimizer.step()
            loss.item()

    return steps


def check_method(fit: ImageFit) -> None:
    """Raises RuntimeError, which says why, if the steps of ``fit`` do not run as its precision asks."""
    wanted = METHODS[fit.precision]
    if fit.method != wanted:
        raise RuntimeError(f"precision={fit.precision!r} runs as {fit.method!r}, not {wanted!r}: {fit.method_reason}")


def speed(side: int, width: int = 64) -> None:
    """Prints a row for each kind."""
    picture = as_target(emblem(side)).cuda()
    kinds = {"seed": seed_steps(picture, width)}
    fits = {kind: ImageFit(picture, width=width, seed=0, precision=kind) for kind in METHODS}
    kinds |= {kind: fit.step for kind, fit in fits.items()}
    counts = {"seed": 200, "torch": 1500, "exact": 5000, "fast": 5000}
    for name, steps in kinds.items():
        steps(counts[name] // 4)
    for fit in fits.values():
        check_method(fit)
    rounds = [{name: timed(steps, counts[name]) for name, steps in kinds.items()} for _ in range(ROUNDS)]
    for name in kinds:
        times = [each[name] for each in rounds]
        by = [statistics.median(each[other] / each[name] for each in rounds) for other in ("seed", "torch")]
        median = statistics.median(times)
        print(
            f"{side} x {side}, {width} units, {name}: {median:.2f} us a step ({min(times):.2f} to {max(times):.2f}), "
            f"{1e6 / median:.0f} steps/s, {by[0]:.1f} times the seed's, {by[1]:.1f} times the graph's"
        )


def losses() -> None:
    """Prints the losses of all seeds, times 1e4."""
    picture = as_target(emblem(256)).cuda()
    for kind in METHODS:
        fits = [ImageFit(picture, seed=seed, precision=kind) for seed in range(SEEDS)]
        for total in (2000, 10000):
            found = [float(fit.step(total - fit.iteration)) * 1e4 for fit in fits]
            for fit in fits:
                check_method(fit)
            each = " ".join(f"{loss:.2f}" for loss in found)
            print(f"{kind}: loss at {total:,} steps x 1e4: mean {statistics.mean(found):.2f} of {each}")


def main() -> None:
    """Prints all figures."""
    print(torch.cuda.get_device_name(), torch.__version__)
    began = time.perf_counter()
    fit = ImageFit(as_target(emblem(64)).cuda(), seed=0)
    fit.step(1)
    print(f"the first step of a process: {time.perf_counter() - began:.2f} s")
    check_method(fit)
    for side in (256, 512, 1024):
        speed(side)
    for width in (96, 128):
        speed(256, width)
    losses()


if __name__ == "__main__":
    main()
