"""Draws boxes, points and captions over a picture with Pillow, for files. Pages draw them in `js/src/annotations`.

Both place texts by the same rules: a text never leaves its picture, and is cut off if it would.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..protocol.messages import Marks

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

TEXT = 12
"""Height of a font, in units."""
PAD = 3
"""Space beside a text, in units."""
LEAST_LINES = 3
"""A picture shorter than this many lines of text gets no texts, which would cover it."""
POINT = 3.5
"""Radius of a point, in units."""
UNITS = 400
"""A unit is a pixel, or the smaller side of the canvas divided by this: about a CSS pixel of the page."""

Rect = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a canvas of ``texels`` (width, height) lies in an image: its corner and size in pixels."""

    texels: tuple[float, float]
    left: float
    top: float
    width: float
    height: float

    def x(self, texel: float) -> float:
        """Pixels from the image's left edge."""
        return self.left + texel / self.texels[0] * self.width

    def y(self, texel: float) -> float:
        """Pixels from the image's top edge."""
        return self.top + texel / self.texels[1] * self.height

    def rect(self, texels: Sequence[float]) -> Rect:
        """A rectangle, given in texels, in pixels of the image."""
        left, top, right, bottom = texels
        return self.x(left), self.y(top), self.x(right), self.y(bottom)

    @property
    def unit(self) -> float:
        """Pixels per unit, in which lines and texts are measured."""
        return max(1.0, min(self.width, self.height) / UNITS)


@dataclass(frozen=True, slots=True)
class Over:
    """What is drawn over the picture of one canvas of ``texels`` (width, height), wherever it is placed in an image."""

    pictures: tuple[Marks, ...]
    texels: tuple[float, float]

    def __call__(self, image: Image, left: float, top: float, width: float, height: float) -> None:
        """Draws it into ``image``, whose pixels from (left, top) on show the canvas."""
        draw(image, self.pictures, Place(self.texels, left, top, width, height))

    def drawn(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Returns a copy of ``pixels``, (height, width, 4) uint8 and opaque, with this drawn over them."""
        from PIL import Image  # noqa: PLC0415

        image = Image.fromarray(pixels)
        self(image, 0, 0, *image.size)
        return np.asarray(image)


def draw(image: Image, pictures: Iterable[Marks], place: Place) -> None:
    """Draws ``pictures``, the marks of a canvas, into ``image``, where the canvas is at ``place``."""
    for marks in pictures:
        _Drawing(image, marks, place).draw()


class _Drawing:
    """The drawing of one picture's marks."""

    def __init__(self, image: Image, marks: Marks, place: Place) -> None:
        from PIL.ImageDraw import Draw  # noqa: PLC0415 (only when something is drawn)

        left, top, right, bottom = place.rect(marks.area)
        self._corner = round(left), round(top)
        size = max(1, round(right) - self._corner[0]), max(1, round(bottom) - self._corner[1])
        self._image, self._marks, self._place = image, marks, place
        # A separate picture, so that nothing is drawn outside.
        self._area = image.crop((*self._corner, self._corner[0] + size[0], self._corner[1] + size[1]))
        self._draw: ImageDraw = Draw(self._area)
        self._unit = place.unit
        self._font = _font(round(TEXT * self._unit))
        self._line = round(TEXT * self._unit * 1.4)

    def draw(self) -> None:
        marks = self._marks
        boxes = [self._rect(marks.boxes[at : at + 4]) for at in range(0, len(marks.boxes), 4)]
        for rect, color in zip(boxes, marks.box_colors, strict=True):
            self._box(rect, color)
        points = [self._rect((*marks.points[at : at + 2],) * 2)[:2] for at in range(0, len(marks.points), 2)]
        for (x, y), color in zip(points, marks.point_colors, strict=True):
            self._point(x, y, color)
        if self._area.height >= LEAST_LINES * self._line:
            self._texts(boxes, points)
        self._image.paste(self._area, self._corner)

    def _texts(self, boxes: Sequence[Rect], points: Sequence[tuple[float, float]]) -> None:
        marks, taken = self._marks, list[Rect]()
        bottom = self._area.height
        if caption := " ".join(marks.caption.split()):
            bottom -= self._line
            taken.append((0, bottom, self._area.width, self._area.height))
            self._text(caption, (0, bottom, self._area.width, self._area.height), 0x000000)
        for (left, top, _, low), text, color in zip(boxes, marks.box_texts, marks.box_colors, strict=True):
            self._label(text, color, left, (top - self._line, top, low), bottom, taken)
        radius = POINT * self._unit
        for (x, y), text, color in zip(points, marks.point_texts, marks.point_colors, strict=True):
            beside = (y - self._line / 2, y + radius, y - radius - self._line)
            self._label(text, color, x + 2 * radius, beside, bottom, taken)

    def _rect(self, texels: Sequence[float]) -> Rect:
        left, top, right, bottom = self._place.rect(texels)
        across, down = self._corner
        return left - across, top - down, right - across, bottom - down

    def _box(self, rect: Rect, color: int) -> None:
        line = max(1, round(2 * self._unit)) if self._area.height >= 100 else 1
        left, top, right, bottom = inside(rect, self._area.size, line)
        edges = round(left), round(top), max(round(left), round(right) - 1), max(round(top), round(bottom) - 1)
        if line > 1:
            dark = edges[0] - 1, edges[1] - 1, edges[2] + 1, edges[3] + 1
            self._draw.rectangle(dark, outline=(0, 0, 0), width=line + 2)
        self._draw.rectangle(edges, outline=_rgb(color), width=line)

    def _point(self, x: float, y: float, color: int) -> None:
        radius = POINT * self._unit if self._area.height >= 100 else 1
        self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_rgb(color), outline=(0, 0, 0))

    def _label(
        self, text: str, color: int, left: float, tops: Sequence[float], most_bottom: float, taken: list[Rect]
    ) -> None:
        text = " ".join(text.split())
        if not text:
            return
        width = self._draw.textlength(text, font=self._font) + 2 * PAD * self._unit
        rect = placed(left, tops, (width, self._line), (self._area.width, most_bottom), taken)
        taken.append(rect)
        self._text(text, rect, color)

    def _text(self, text: str, rect: Rect, color: int) -> None:
        left, top, right, bottom = rect
        pad = PAD * self._unit
        shown = self._cut(text, right - left - 2 * pad)
        self._draw.rectangle((round(left), round(top), round(right) - 1, round(bottom) - 1), fill=_rgb(color))
        middle = (top + bottom) / 2
        self._draw.text((left + pad, middle), shown, fill=_rgb(ink(color)), font=self._font, anchor="lm")

    def _cut(self, text: str, width: float) -> str:
        """The beginning of ``text`` that fits in ``width``, with an ellipsis if it is cut."""
        if self._draw.textlength(text, font=self._font) <= width:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            fits = self._draw.textlength(text[:middle].rstrip() + "…", font=self._font) <= width
            low, high = (middle, high) if fits else (low, middle - 1)
        return text[:low].rstrip() + "…" if low else ""


def inside(rect: Rect, size: tuple[float, float], line: float) -> Rect:
    """``rect`` with any edges on the border of ``size`` (width, height) moved inward, so that the whole line is
    visible.
    """
    left, top, right, bottom = rect
    width, height = size
    left = line / 2 if abs(left) < line / 2 else left
    top = line / 2 if abs(top) < line / 2 else top
    right = width - line / 2 if abs(right - width) < line / 2 else right
    bottom = height - line / 2 if abs(bottom - height) < line / 2 else bottom
    return left, top, right, bottom


def placed(
    left: float, tops: Sequence[float], size: tuple[float, float], area: tuple[float, float], taken: Sequence[Rect]
) -> Rect:
    """A rectangle of ``size`` (width, height) within ``area``, at ``left`` and the best of ``tops``.

    That is the first one at which it is within ``area`` and covers none of ``taken``, or else the first within
    ``area``. A rectangle that does not fit is moved into ``area``, and cut if it is wider.
    """
    width, height = min(size[0], area[0]), size[1]
    left = min(max(0.0, left), area[0] - width)
    fitting = [top for top in tops if 0 <= top <= area[1] - height] or [min(max(0.0, tops[0]), area[1] - height)]
    rects = [(left, top, left + width, top + height) for top in fitting]
    return next((rect for rect in rects if not any(_meet(rect, other) for other in taken)), rects[0])


def _meet(one: Rect, other: Rect) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def ink(color: int) -> int:
    """Black or white, whichever is easier to read on ``color``."""
    red, green, blue = _rgb(color)
    return 0x000000 if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else 0xFFFFFF


def _rgb(color: int) -> tuple[int, int, int]:
    return color >> 16 & 255, color >> 8 & 255, color & 255


@cache
def _font(size: int) -> FreeTypeFont | ImageFont:
    from PIL import ImageFont  # noqa: PLC0415

    return ImageFont.load_default(size)
