"""`python -m tests.benchmarks.encodings`: what `ImageFit` gains from encodings of the position.

Prints the PSNR of two pictures after the same number of steps and after the same time, without an encoding, with
Fourier features and with a hash grid. On a GPU if there is one. ``--quick`` measures smaller pictures for less time.

How far the figures compare with those of the papers: Tancik et al. (2020, table 3) have 19.3 dB without features and
25.6 with Gaussian ones for photographs, 18.4 and 30.5 for text, after 2,000 steps. But their network has four layers
of 256 units, 512 features and a quarter of the pixels, and the PSNR is of pixels that it has not seen. Müller et al.
(2022, section 5.1) have 41.9 dB for a picture of a billion pixels after 4 minutes, with tables of 2^24 entries. These
have 2^14, and each step has all pixels. So compare the order and the gains, not the numbers.
"""

from __future__ import annotations

import math
import sys
import time

import torch

from vultorch_widget.training.coordinates import coordinates
from vultorch_widget.training.emblem import emblem
from vultorch_widget.training.encodings import Encoding
from vultorch_widget.training.image_fit import ImageFit
from vultorch_widget.training.target import as_target

QUICK = "--quick" in sys.argv
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
ENCODINGS: tuple[Encoding | None, ...] = (None, "fourier", "hash")
if DEVICE == "cuda":
    SIDES, STEPS, SECONDS, AT_ONCE = ((256,), 500, 1.0, 50) if QUICK else ((512, 1024), 2000, 5.0, 50)
else:
    SIDES, STEPS, SECONDS, AT_ONCE = ((128,), 100, 5.0, 5) if QUICK else ((512,), 300, 60.0, 5)


def detailed(side: int) -> torch.Tensor:
    """A picture by a formula, (side, side, 3): rings down to a period of 4 pixels, bricks, and waves across them."""
    x, y = ((coordinates(side, side) + 1) / 2).unbind(1)
    rings = (1 + torch.cos(math.pi * side / 4 * (x.square() + y.square()))) / 2
    row = (24 * y).floor()
    mortar = ((24 * y) % 1 < 0.2) | ((12 * x + 0.5 * (row % 2)) % 1 < 0.1)
    waves = (1 + torch.sin(60 * x + 9 * torch.sin(25 * y))) / 2
    return torch.stack([rings, 1 - 0.8 * mortar.float(), waves], dim=1).reshape(side, side, 3)


def waited() -> None:
    """Waits for the GPU, if there is one."""
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def after_steps(fit: ImageFit) -> float:
    """The PSNR after `STEPS` steps."""
    fit.step(STEPS)
    fit.predict()
    return fit.psnr


def after_time(fit: ImageFit) -> tuple[float, int]:
    """The PSNR after `SECONDS`, and the steps that were taken in it."""
    fit.step(AT_ONCE)  # libraries, compiled kernels and the capture of a graph
    waited()
    fit.reset()
    fit.step(AT_ONCE)
    waited()
    ends = time.perf_counter() + SECONDS
    while time.perf_counter() < ends:
        fit.step(AT_ONCE)
        waited()
    fit.predict()
    return fit.psnr, fit.iteration


def main() -> None:
    """Prints all figures."""
    print(torch.cuda.get_device_name() if DEVICE == "cuda" else f"CPU, {torch.get_num_threads()} threads")
    for side in SIDES:
        for name, picture in (("formula", detailed(side)), ("emblem", as_target(emblem(side)))):
            for encoding in ENCODINGS:
                fit = ImageFit(picture, seed=0, device=DEVICE, encoding=encoding)
                psnr = after_steps(fit)
                in_time, steps = after_time(fit)
                parameters = sum(parameter.numel() for parameter in fit.model.parameters())
                print(
                    f"{side} x {side}, {name}, {encoding}: {psnr:.2f} dB after {STEPS:,} steps; {in_time:.2f} dB after "
                    f"{SECONDS:g} s, {steps:,} steps ({fit.method}, {parameters:,} parameters)",
                    flush=True,
                )


if __name__ == "__main__":
    main()
