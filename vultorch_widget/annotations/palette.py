"""The colours of labels, for a compositor."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

MOST_IGNORED = 4
"""Maximum ignored values of a palette."""

RGB = tuple[int, int, int]


class Palette(NamedTuple):
    """How integers are painted: label ``n`` gets ``colors[n]``.

    Attributes:
        colors: One (red, green, blue) in 0..255 for each label; None paints nothing, so that the checkerboard shows.
        ignored: Values that paint nothing, such as -100 and 255. At most `MOST_IGNORED`, within int32.
        repeats: Whether colours repeat from ``len(colors)`` on. Otherwise such values are painted magenta, like NaN.
            All other negative values, and values beyond int32, are always magenta.

    """

    colors: tuple[RGB | None, ...]
    ignored: tuple[int, ...] = ()
    repeats: bool = False

    def table(self) -> npt.NDArray[np.float32]:
        """(labels + 2, 4) float32: red, green, blue and alpha of each label in 0..1, then of other values: NaN; then of
        ignored ones. Colours are multiplied by alpha, which is 0 or 1.
        """
        shown = [(0, 0, 0, 0) if color is None else (*color, 255) for color in self.colors]
        table: npt.NDArray[np.float32] = np.array([*shown, (0, 0, 0, 0), (0, 0, 0, 0)], dtype=np.float32)
        table /= 255
        table[-2] = np.nan
        return table


_NO_LABEL = ((102, 102, 102), (153, 153, 153), (127, 127, 127), (128, 128, 128), (255, 0, 255))
"""What is painted for everything else: the checkerboard, gaps between pictures, and values that are not labels."""


@cache
def told_apart(colors: tuple[RGB, ...]) -> tuple[RGB, ...]:
    """``colors``, some with slightly more or less blue, so that no two are the same and none equals that of no label.

    A replay knows labels by their colours.
    """
    taken = set(_NO_LABEL)
    apart = []
    for red, green, blue in colors:
        step = -1 if blue > 127 else 1
        shades = ((red, green, blue + step * by) for by in range(128))
        shade = next((shade for shade in shades if shade not in taken), (red, green, blue))
        taken.add(shade)
        apart.append(shade)
    return tuple(apart)


@cache
def distinct_colors(count: int) -> tuple[RGB, ...]:
    """Colours of ``count`` labels; from 256 on they repeat.

    Up to ten labels get Petroff's ten colours, chosen so that people with any kind of colour vision tell them apart (M.
    A. Petroff, "Accessible Color Sequences for Data Visualization", 2021, arXiv:2107.02270). More labels get Glasbey's,
    each as different as possible from all before it (Glasbey et al., "Colour displays for categorical images", 2007,
    doi:10.1002/col.20327), without its first colour, white.
    """
    from cmap import Colormap  # noqa: PLC0415 (slow to import, and not every view has labels)

    stops = Colormap("petroff10" if count <= 10 else "glasbey").color_stops.color_array
    table = np.round(np.asarray(stops)[:, :3] * 255).astype(int).tolist()
    colors = [(red, green, blue) for red, green, blue in (table if count <= 10 else table[1:])]
    return tuple(colors[index % len(colors)] for index in range(count))
