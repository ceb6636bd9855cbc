"""The public `View.probe`: the true values of single texels, pointed at or pinned."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

import torch

from .blocks import Area, Block, Inspected, Spot, blocks_in, texels_at
from .lives import Life
from .pins import Pins
from .texels import Gathering, Number


@dataclass(frozen=True, slots=True)
class Texel:
    """One texel of a canvas and what the tensor holds there.

    Attributes:
        canvas: Panel and canvas, as ``"panel/canvas"``.
        x: Texels from the left edge of what the canvas shows, from 0.
        y: Texels from its top edge, from 0.
        picture: Index of the picture in a batch; 0 for a single picture.
        column: Column within that picture; ``x`` for a single picture.
        row: Row within that picture; ``y`` for a single picture.
        dtype: The tensor's dtype.
        values: One Python number per channel, exactly what the tensor held: floats, ints or bools.

    """

    canvas: str
    x: int
    y: int
    picture: int
    column: int
    row: int
    dtype: torch.dtype
    values: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The same texel in all linked canvases.

    Attributes:
        x: Texels from the left edge, from 0.
        y: Texels from the top edge, from 0.
        texels: One `Texel` per canvas, in the order in which the canvases were made.

    """

    x: int
    y: int
    texels: tuple[Texel, ...]

    @property
    def differences(self) -> dict[str, tuple[Number, ...]]:
        """The values of each canvas minus those of the first, if both have the same number of channels. Integers stay
        exact.
        """
        first, *others = self.texels
        return {
            other.canvas: tuple(b - a for a, b in zip(first.values, other.values, strict=True))
            for other in others
            if len(other.values) == len(first.values)
        }


class Probe:
    """True values of texels, as `View.probe`.

    ::

        texel = view.probe(canvas, 120, 64)
        print(texel.values)  # what tensor[64, 120] holds

    It also knows what users point at and have pinned in a page, and pins texels for the program.
    """

    def __init__(self, pins: Pins) -> None:
        self._pins = pins
        self._canvases = pins.canvases

    def __repr__(self) -> str:
        return f"<Probe: {len(self._pins.spots)} pinned>"

    def __call__(self, canvas: Inspected, x: int, y: int) -> Texel:
        """What the tensor of ``canvas`` holds now at column ``x`` and row ``y``, counted from 0 at the top left.

        For a batch, ``x`` and ``y`` refer to the whole grid. Waits for the tensor's device. Raises ValueError for a
        canvas of another view, a texel outside, and one between two pictures; TypeError for coordinates that are not
        integers; RuntimeError if nothing is bound or the tensor cannot be read.
        """
        _, x, y = self._checked(canvas, x, y)
        return self._texels(list(blocks_in(Area(canvas.id, x, y, x + 1, y + 1), canvas)))[0]

    @property
    def pointed(self) -> Reading | None:
        """The texel under the pointer in all linked canvases, or None while the pointer is not over a picture."""
        spot = self._pins.pointed
        return None if spot is None else self._reading(spot)

    @property
    def pinned(self) -> tuple[Reading, ...]:
        """The pinned texels, each in all linked canvases, oldest first."""
        readings = [self._reading(spot) for spot in self._pins.spots]
        return tuple(reading for reading in readings if reading is not None)

    def pin(self, canvas: Inspected, x: int, y: int) -> None:
        """Pins a texel, as a click on it does: pages show its values, which are recorded over the run.

        At most 8 texels can be pinned; another one replaces the oldest. Raises as a call of the probe does.
        """
        self._pins.add(self._checked(canvas, x, y))

    def unpin(self) -> None:
        """Removes all pins and their recorded values."""
        self._pins.clear()

    def life(self, canvas: Inspected, x: int, y: int) -> Life:
        """The values of a pinned texel of ``canvas`` since it was pinned.

        Raises as a call of the probe does, and ValueError if the texel is not pinned, there or in a linked canvas.
        """
        spot = self._checked(canvas, x, y)
        life = self._pins.lives.of(spot)
        if life is None:
            pins = ", ".join(f"({pin.x}, {pin.y}) of {pin.canvas!r}" for pin in self._pins.spots) or "none"
            raise ValueError(f"probe: texel ({spot.x}, {spot.y}) of canvas {canvas.id!r} is not pinned; pinned: {pins}")
        return life

    def _checked(self, canvas: Inspected, x: Any, y: Any) -> Spot:
        if all(known is not canvas for known in self._canvases()):
            what = getattr(canvas, "id", None) or repr(canvas)
            raise ValueError(f"probe: {what} is no canvas of this view; give one that its panels returned")
        if canvas.tensor is None:
            raise RuntimeError(f"probe: nothing is bound to canvas {canvas.id!r}")
        grid = canvas.grid
        if grid is None or grid.size == (0, 0):
            problem = canvas.problem() or "its tensor is empty"
            raise RuntimeError(f"probe: canvas {canvas.id!r} cannot be read: {problem}")
        height, width = grid.size
        spot = Spot(canvas.id, _whole("x", x, width, canvas), _whole("y", y, height, canvas))
        if grid.at(spot.x, spot.y) is None:
            raise ValueError(
                f"probe: ({spot.x}, {spot.y}) of canvas {canvas.id!r} lies between the pictures of the batch"
            )
        return spot

    def _reading(self, spot: Spot) -> Reading | None:
        texels = self._texels(list(texels_at(spot, list(self._canvases()))))
        return Reading(spot.x, spot.y, texels) if texels else None

    @staticmethod
    def _texels(blocks: list[Block]) -> tuple[Texel, ...]:
        values = Gathering([block.texels for block in blocks]).values()
        return tuple(
            Texel(
                canvas=block.area.canvas,
                x=block.area.left,
                y=block.area.top,
                picture=block.picture,
                column=block.column,
                row=block.row,
                dtype=some.dtype,
                values=some.numbers(),
            )
            for block, some in zip(blocks, values, strict=True)
        )


def _whole(name: str, value: Any, count: int, canvas: Inspected) -> int:
    try:
        number = operator.index(value)
    except TypeError as error:
        raise TypeError(f"probe: {name} must be an integer, not {value!r}; int() of a pointer's position is") from error
    if not 0 <= number < count:
        raise ValueError(f"probe: {name} of canvas {canvas.id!r} must lie in 0..{count - 1}, not {number}")
    return number
