"""The project's emblem, drawn in code: the picture that the notebooks learn.

It contains what is easy and what is hard for an image fit: flat colours, a smooth gradient, straight and round edges, a
thin ring, and small text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

Color = tuple[int, int, int]

GRID = 256
"""Units of the drawing along each side."""
OVERSAMPLING = 4
"""Drawn pixels along each side of a final pixel."""

PAPER: Color = (246, 243, 236)
DUSK: tuple[Color, Color] = (78, 74, 150), (158, 90, 162)
"""The badge's gradient, from top to bottom."""
FLAME: tuple[Color, Color] = (255, 212, 92), (244, 112, 60)
"""The gradient of the letter's right stroke, from top to bottom."""
CORAL: Color = (240, 84, 72)
TEAL: Color = (52, 190, 178)
WHITE: Color = (255, 255, 255)

BADGE = (16, 16, 240, 240)
LEFT_STROKE = (34, 60, 96, 60, 143, 182, 113, 182)
RIGHT_STROKE = (160, 60, 222, 60, 143, 182, 113, 182)


def emblem(size: int = 256) -> Image:
    """The emblem as an RGB Pillow image of ``size`` by ``size`` pixels, 16 or more. Raises ValueError for fewer."""
    from PIL import Image  # noqa: PLC0415 (only needed for drawing)
    from PIL.ImageDraw import Draw  # noqa: PLC0415

    if size < 16:
        raise ValueError(f"an emblem of {size} pixels cannot be drawn: size is 16 or more")
    side = size * OVERSAMPLING
    unit = side / GRID
    picture = Image.new("RGB", (side, side), PAPER)
    draw = Draw(picture)
    _fill(picture, DUSK, lambda mask: mask.rounded_rectangle(_scaled(BADGE, unit), 46 * unit, fill=255))
    draw.polygon(_scaled(LEFT_STROKE, unit), fill=CORAL)
    _fill(picture, FLAME, lambda mask: mask.polygon(_scaled(RIGHT_STROKE, unit), fill=255))
    draw.circle((128 * unit, 60 * unit), 15 * unit, fill=TEAL)
    draw.circle((128 * unit, 60 * unit), 21 * unit, outline=TEAL, width=round(2 * unit))
    _write(draw, unit)
    return picture.resize((size, size), Image.Resampling.BOX)


def _fill(picture: Image, colors: tuple[Color, Color], outline: Callable[[ImageDraw], None]) -> None:
    """Fills the shape that ``outline`` draws in white with a vertical gradient."""
    from PIL import Image  # noqa: PLC0415
    from PIL.ImageDraw import Draw  # noqa: PLC0415

    mask = Image.new("L", picture.size)
    outline(Draw(mask))
    left, top, right, bottom = mask.getbbox() or (0, 0, 0, 0)
    start, end = (np.array(color, dtype=np.float64) for color in colors)
    ramp = start + (end - start) * np.linspace(0, 1, bottom - top)[:, None]
    rows = np.floor(ramp + 0.5).astype(np.uint8)[:, None]
    blend = np.ascontiguousarray(np.broadcast_to(rows, (bottom - top, right - left, 3)))
    picture.paste(Image.fromarray(blend), (left, top), mask.crop((left, top, right, bottom)))


def _write(draw: ImageDraw, unit: float) -> None:
    from PIL import ImageFont  # noqa: PLC0415

    # Pillow's own font: it looks the same on every machine.
    name, layers = (ImageFont.load_default(points * unit) for points in (20, 12))
    draw.text((128 * unit, 205 * unit), "vultorch", font=name, fill=WHITE, anchor="mm")
    draw.text((128 * unit, 224 * unit), "2 · 64 · 64 · 3", font=layers, fill=FLAME[0], anchor="mm")


def _scaled(numbers: tuple[float, ...], unit: float) -> list[float]:
    return [number * unit for number in numbers]
