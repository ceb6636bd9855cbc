"""The words and the Python of the notebook that ``fit`` writes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def story(image: Path, options: dict[str, Any], wanted: int, taken: int, psnr: float) -> Iterator[tuple[str, str]]:
    """(kind, text) of the cells: ``markdown``, ``code``, or ``view`` for the code that shows the view."""
    name = image.name
    words = "".join(character if character.isalnum() or character in " .-_" else " " for character in name)
    yield "markdown", f"# Learning {words}\n\n{_OPENING}"
    arguments = "".join(f"    {key}={value!r},\n" for key, value in options.items())
    yield "view", f"import vultorch_widget as vultorch\n\nview = vultorch.fit_image(\n    {name!r},\n{arguments})\nview"
    yield "code", f"await view.wait(iterations={wanted})\nview.pause()"
    yield "markdown", _closing(wanted, taken, psnr)


_OPENING = """A small network is told where a pixel is, two numbers from -1 to 1, and answers with its colour. It has
never seen another picture, and it learns from all pixels of this one in every step. On the left is the picture, beside
it what the network has made of it so far. Drag the time line to see how it got there."""


def _closing(wanted: int, taken: int, psnr: float) -> str:
    ended = f"after {taken:,} steps" if taken >= wanted else f"when it was stopped after {taken:,} of {wanted:,} steps"
    error = 10 ** (-psnr / 20) if math.isfinite(psnr) else 0.0
    return f"""## How good is it?

The peak signal-to-noise ratio was **{psnr:.2f} dB** {ended}:

$$
\\mathrm{{PSNR}} = -10 \\log_{{10}} \\frac{{1}}{{3N}} \\sum_{{i=1}}^{{N}} \\lVert f_\\theta(x_i, y_i) - c_i \\rVert^2
$$

where $f_\\theta$ is the network and $c_i$ the colour of pixel $i$, from 0 to 1. So a channel is wrong by {error:.3f},
as a root mean square. Every 6 dB more halve that; from 20 dB on most pictures can be recognised, and at 40 dB the two
can hardly be told apart.

## Try it yourself

Download this notebook from the top of the page and put it beside the picture. While it runs, the learning rate, the
steps per frame and the width of the network can be changed under your hands; nothing stops for that."""
