"""The colours of labels of boxes and points: a label has the same colour in all canvases of a view."""

from __future__ import annotations

from functools import cache
from zlib import crc32

from .palette import distinct_colors

Label = str | int

MOST_NAMES = 4096
"""Maximum names that get colours in order. A program whose names contain a number may use any number of them."""


class LabelColors:
    """Gives names colours in the order in which they are first used. Label number ``n`` has the palette's colour n.

    Beyond the palette, colours repeat. Beyond `MOST_NAMES`, a name alone decides its colour.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def color(self, label: Label | None) -> int:
        """The colour of ``label`` as 0xRRGGBB. None means no label, which gets the palette's first colour."""
        if label is None:
            number = 0
        elif isinstance(label, int):
            number = label
        elif (known := self._numbers.get(label)) is not None:
            number = known
        elif len(self._numbers) < MOST_NAMES:
            number = self._numbers[label] = len(self._numbers)
        else:
            number = crc32(label.encode(errors="surrogatepass"))
        colors = _palette()
        return colors[number % len(colors)]


@cache
def _palette() -> tuple[int, ...]:
    few = distinct_colors(10)
    colors = (*few, *distinct_colors(255)[len(few) :])
    return tuple(red << 16 | green << 8 | blue for red, green, blue in colors)
