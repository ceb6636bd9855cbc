"""The colours of labels of boxes and points: a label has the same colour in all canvases of a view."""

from __future__ import annotations

from functools import cache

from .palette import distinct_colors

Label = str | int


class LabelColors:
    """Gives names colours in the order in which they are first used. Label number ``n`` has the palette's colour n.

    Beyond the palette, colours repeat.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def color(self, label: Label | None) -> int:
        """The colour of ``label`` as 0xRRGGBB. None means no label, which gets the palette's first colour."""
        if label is None:
            number = 0
        elif isinstance(label, int):
            number = label
        else:
            number = self._numbers.setdefault(label, len(self._numbers))
        colors = _palette()
        return colors[number % len(colors)]


@cache
def _palette() -> tuple[int, ...]:
    few = distinct_colors(10)
    colors = (*few, *distinct_colors(255)[len(few) :])
    return tuple(red << 16 | green << 8 | blue for red, green, blue in colors)
