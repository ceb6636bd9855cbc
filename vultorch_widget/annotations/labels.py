"""The labels of a mask: their names and colours, and which of them are hidden."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import torch

from ..basics.arguments import integer
from ..protocol.messages import Legend, LegendLabel
from .palette import MOST_IGNORED, RGB, Palette, distinct_colors, told_apart

MOST_LABELS = 4096
WIDE = (torch.int64, torch.int32, torch.int16)
"""Dtypes that pictures never have: tensors of these are label maps even if nobody says so."""
UNNAMED = 255
"""Number of colours for a mask whose labels have no names. After that they repeat."""
IGNORED = (255, -1, -100)
"""Values that are ignored by default: those of the usual data sets and losses."""

Layer = Literal["picture", "overlay"]
Names = Sequence[str] | Mapping[str, Any] | int
"""How users name labels: a list of names, a mapping from names to colours, or their number."""


class Labels:
    """Names, colours and visibility of the labels of one mask. Made by `Canvas.bind` and `Canvas.overlay`.

    Attributes:
        names: The name of label ``n`` is ``names[n]``; empty if none were given.
        colors: Their colours, (red, green, blue) in 0..255.
        ignored: Values that paint nothing.

    """

    def __init__(self, names: Names | None = None, ignore: int | Iterable[int] | None = None, *, what: str) -> None:
        """``what`` names the mask in errors. Raises ValueError, naming the wrong value."""
        self._what = what
        self.names, self.colors = _named(names, what)
        # A label is not ignored by default, even if data sets with fewer labels ignore its number.
        self.ignored = _ignored(
            [value for value in IGNORED if value not in range(len(self.names))] if ignore is None else ignore, what
        )
        self._hidden: frozenset[int] = frozenset()
        self._palette: Palette | None = None

    @property
    def hidden(self) -> tuple[str, ...]:
        """The names of the labels that are not shown. Can be set to any names of `names`.

        The legend in a page sets it too. Any other name raises ValueError.
        """
        return tuple(self.names[index] for index in sorted(self._hidden))

    @hidden.setter
    def hidden(self, names: Iterable[str]) -> None:
        chosen = [names] if isinstance(names, str) else list(names)
        for name in chosen:
            if name not in self.names:
                known = reprlib.repr(list(self.names))
                raise ValueError(f"{self._what}: no label is named {name!r} that could be hidden; there are {known}")
        self._hide(frozenset(self.names.index(name) for name in chosen))

    def toggle(self, index: int, *, hidden: bool) -> None:
        """Hides or shows label ``index``. Raises ValueError if there is none."""
        if not 0 <= index < len(self.names):
            raise ValueError(f"{self._what}: there is no label {index}; there are {len(self.names)}")
        self._hide(self._hidden | {index} if hidden else self._hidden - {index})

    def _hide(self, hidden: frozenset[int]) -> None:
        self._hidden, self._palette = hidden, None

    @property
    def palette(self) -> Palette:
        """What a compositor should paint now."""
        if self._palette is None:
            self._palette = self._painting(self._hidden)
        return self._palette

    @property
    def look(self) -> tuple[tuple[str, ...], Palette]:
        """A value that changes whenever `legends` do, and is faster to compute."""
        return self.names, self.palette

    @property
    def whole_palette(self) -> Palette:
        """What a compositor should paint if nothing is hidden."""
        return self._painting(frozenset())

    def _painting(self, hidden: frozenset[int]) -> Palette:
        shown = tuple(None if index in hidden else color for index, color in enumerate(self.colors))
        return Palette(shown, self.ignored, repeats=not self.names)

    def legends(self, layer: Layer, alpha: float = 1.0) -> tuple[Legend, ...]:
        """The legend as a message to pages; none if the labels have no names."""
        if not self.names:
            return ()
        entries = (
            LegendLabel(name=name, color="#{:02x}{:02x}{:02x}".format(*color), hidden=index in self._hidden)
            for index, (name, color) in enumerate(zip(self.names, self.colors, strict=True))
        )
        return (Legend(layer=layer, alpha=alpha, labels=tuple(entries)),)

    def same_as(self, other: Labels | None) -> bool:
        """Whether ``other`` has the same names, colours and ignored values."""
        return other is not None and (self.names, self.colors, self.ignored) == (
            other.names,
            other.colors,
            other.ignored,
        )

    def __repr__(self) -> str:
        return f"<labels {reprlib.repr(list(self.names))}, hidden {list(self.hidden)}>"


def labelled(tensor: torch.Tensor, names: Names | None, ignore: int | Iterable[int] | None, what: str) -> Labels | None:
    """The labels of ``tensor`` if it should be shown as a label map, otherwise None. Raises ValueError as `Labels`
    does.
    """
    wide = isinstance(tensor, torch.Tensor) and tensor.dtype in WIDE
    if names is None and ignore is None and not wide:
        return None
    return Labels(names, ignore, what=what)


def _named(names: Names | None, what: str) -> tuple[tuple[str, ...], tuple[RGB, ...]]:
    """The names and colours of ``names``."""
    if names is None:
        return (), distinct_colors(UNNAMED)
    count = integer(names)
    if count is not None:
        names = [str(index) for index in range(count)]
    if isinstance(names, str) or not isinstance(names, (Sequence, Mapping)):
        raise ValueError(f"{what}: labels must be a list of names, names with colours, or a number, not {names!r}")
    if not 0 < len(names) <= MOST_LABELS:
        raise ValueError(f"{what}: labels must be 1 to {MOST_LABELS} names, not {len(names)}")
    for index, name in enumerate(names):
        if not isinstance(name, str):
            raise ValueError(f"{what}: the name of label {index} must be a string, not {name!r}")
    listed = tuple(names)
    if len(set(listed)) < len(listed):
        twice = next(name for name in listed if listed.count(name) > 1)
        raise ValueError(f"{what}: two labels are named {twice!r}; each needs its own name")
    if isinstance(names, Mapping):
        return listed, told_apart(tuple(_color(color, name, what) for name, color in names.items()))
    return listed, told_apart(distinct_colors(len(listed)))


def _color(value: Any, name: str, what: str) -> RGB:
    """``value``, such as "#804080", "red" or (128, 64, 128), as (red, green, blue) in 0..255."""
    from cmap import Color  # noqa: PLC0415

    try:
        found = Color(list(value) if isinstance(value, tuple) else value).rgba8
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what}: {value!r} is not a colour for label {name!r}; say '#804080' or 'red'") from error
    return int(found.r), int(found.g), int(found.b)


def _ignored(ignore: int | Iterable[int], what: str) -> tuple[int, ...]:
    number = integer(ignore)
    values = (number,) if number is not None else tuple(ignore) if isinstance(ignore, Iterable) else (ignore,)
    for value in values:
        if isinstance(value, bool) or not hasattr(value, "__index__") or not -(1 << 31) < int(value) < 1 << 31:
            raise ValueError(f"{what}: ignore must be whole numbers of int32, not {value!r}")
    if len(values) > MOST_IGNORED:
        raise ValueError(f"{what}: ignore takes {MOST_IGNORED} values at most, not {len(values)}: {values}")
    return tuple(int(value) for value in values)
