"""``vultorch-widget fit``: trains on a picture, without a notebook, and writes a page that replays the training."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..basics.atomic_file import write
from .arguments import free_file, writable_file
from .console import FAILED, CommandError, console, require, wrote
from .export import LIBRARIES, Theme
from .picture import checked_device, checked_picture

if TYPE_CHECKING:
    from .fit_training import Training


class Encoded(str, enum.Enum):
    """How the network gets the position of a pixel."""

    none = "none"
    fourier = "fourier"
    hash = "hash"


def fit(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="A PNG, JPEG, WebP, BMP or TIFF file.")],
    steps: Annotated[int, typer.Option(min=1, max=10_000_000, help="Training steps.")] = 3000,
    lr: Annotated[
        float | None,
        typer.Option(
            min=1e-5,
            max=1e-1,
            help="Learning rate of Adam. [default: 0.002, with a hash grid 0.01]",
            show_default=False,
        ),
    ] = None,
    width: Annotated[int, typer.Option(min=1, max=4096, help="Units of each of the two hidden layers.")] = 64,
    encoding: Annotated[
        Encoded,
        typer.Option(help="Encoding of the position; with fourier or hash the network learns fine detail."),
    ] = Encoded.none,
    pixels: Annotated[
        int,
        typer.Option("--size", min=8, max=2048, help="Maximum pixels of the longer side; larger pictures are reduced."),
    ] = 256,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 ... auto uses a GPU if there is one.")] = "auto",
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Random seed of the initial parameters.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="The page to write. [default: named after IMAGE, in this folder; numbered if that exists]",
        ),
    ] = None,
    theme: Annotated[Theme, typer.Option(help="Theme of the page; auto follows the reader's system.")] = Theme.auto,
) -> None:
    """Train a tiny network on a picture and write a page that replays the training.

    The network gets the position of a pixel and has to answer with its colour. Every step uses all pixels. The progress
    bar shows the loss (mean squared error), the PSNR (peak signal-to-noise ratio in decibels: at 20 the picture is
    recognisable, at 40 it cannot be told from the original) and the steps per second.

    The page contains the replay, Python code that does the same in a notebook, and that notebook as a download.

    Ctrl-C ends the training early; the page is still written.

    **Examples**

    `vultorch-widget fit photo.jpg`

    `vultorch-widget fit photo.jpg --steps 10000 --width 128 --size 384 --out photo.html`

    `vultorch-widget fit photo.jpg --size 512 --encoding hash --steps 600`
    """
    require("export", *LIBRARIES)
    checked_picture(image)
    target = writable_file(out or free_file(Path(f"{image.stem}.html")))
    if target.resolve() == image.resolve():
        raise CommandError(f"{target} is the picture itself; name another file with --out")
    chosen = checked_device(device)
    replaced = target.is_file()
    options: dict[str, Any] = {"size": pixels, "width": width, "lr": lr, "seed": seed}
    if encoding is not Encoded.none:
        options["encoding"] = encoding.value
    training = _trained(image, steps, chosen, options)
    written = _written(training, target, theme)
    wrote(target, written, f": {training.iteration:,} steps, PSNR {training.psnr:.2f} dB", replaced=replaced)


def _trained(image: Path, steps: int, device: str, options: dict[str, Any]) -> Training:
    from .fit_training import Training  # noqa: PLC0415 (loads torch and ipywidgets)

    try:
        training = Training(image, steps, device, options)
    except (OSError, ValueError) as error:
        raise CommandError(str(error)) from error
    console().print(f"Learning {image} on {device}; Ctrl-C ends it early.", markup=False, soft_wrap=True)
    try:
        interrupted = training.run(console())
    except RuntimeError as error:  # from torch, mostly out of memory
        raise CommandError(f"the training failed: {error}", FAILED) from error
    if interrupted:
        console().print("Interrupted: writing the page of the run so far.")
    return training


def _written(training: Training, target: Path, theme: Theme) -> int:
    import nbformat  # noqa: PLC0415 (an extra)

    from ..export.page import page  # noqa: PLC0415 (an extra)

    notebook = training.notebook()
    source = str(nbformat.writes(notebook))  # type: ignore[no-untyped-call]
    return write(target, page(notebook, source, name=target.stem, folder=None, theme=theme.value))
