"""The text and the code of the notebook that ``fit`` writes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def story(image: Path, options: dict[str, Any], wanted: int, taken: int, psnr: float) -> Iterator[tuple[str, str]]:
    """Yields (kind, text) of each cell. A kind is ``markdown``, ``code``, or ``view`` for code that shows the view."""
    name = image.name
    words = "".join(character if character.isalnum() or character in " .-_" else " " for character in name)
    yield "markdown", f"# Learning {words}\n\n{_OPENING}"
    arguments = "".join(f"    {key}={value!r},\n" for key, value in options.items())
    yield "view", f"import vultorch_widget as vultorch\n\nview = vultorch.fit_image(\n    {name!r},\n{arguments})\nview"
    yield "code", f"await view.wait(iterations={wanted})\nview.pause()"
    yield "markdown", _closing(wanted, taken, psnr)


_OPENING = """A small network gets the position of a pixel, two numbers from -1 to 1, and answers with its colour. It
has never seen another picture, and every step uses all pixels of this one. The picture is on the left, and next to it
is the network's output. Drag the time line to see how it got there."""


def _closing(wanted: int, taken: int, psnr: float) -> str:
    ended = f"after {taken:,} steps" if taken >= wanted else f"when it was stopped after {taken:,} of {wanted:,} steps"
    error = 10 ** (-psnr / 20) if math.isfinite(psnr) else 0.0
    return f"""## How good is it?

The peak signal-to-noise ratio was **{psnr:.2f} dB** {ended}:

$$
\\mathrm{{PSNR}} = -10 \\log_{{10}} \\frac{{1}}{{3N}} \\sum_{{i=1}}^{{N}} \\lVert f_\\theta(x_i, y_i) - c_i \\rVert^2
$$

where $f_\\theta$ is the network and $c_i$ the colour of pixel $i$, from 0 to 1. The root mean square error of a channel
is thus {error:.3f}. Every additional 6 dB halves it. From 20 dB on most pictures are recognisable, and at 40 dB the two
can hardly be told apart.

## Try it yourself

Download this notebook from the top of the page and put it next to the picture. While it runs, you can change the
learning rate, the steps per frame and the width of the network; the training does not stop for that."""
