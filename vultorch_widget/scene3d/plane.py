"""A rectangle in the horizontal plane y = 0 as a camera sees it, with one ray per pixel.

The rectangle is centred at the origin, and its longer side is 2. The texture's first row is at the back (negative z),
its first column at the left (negative x). It is visible and lit from below, too.

The point where a ray meets the plane is a projective function of the pixel: numerators and denominator are linear in
column and row. They are computed in double precision for the frame, and evaluated in single precision for the pixels.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

from .camera import Camera
from .light import Light
from .texture import Texture
from .vector import Vector, along, dot

SAMPLES: dict[int, tuple[tuple[float, float], ...]] = {
    1: ((0.0, 0.0),),
    2: ((0.25, 0.25), (-0.25, -0.25)),
    4: ((-0.125, -0.375), (0.375, -0.125), (-0.375, 0.125), (0.125, 0.375)),
    8: (
        (0.0625, -0.1875),
        (-0.0625, 0.1875),
        (0.3125, 0.0625),
        (-0.1875, -0.3125),
        (-0.3125, 0.3125),
        (-0.4375, -0.0625),
        (0.1875, 0.4375),
        (0.4375, -0.4375),
    ),
}
"""Where coverage is tested, in pixels from the centre, by the number of samples. The patterns are Direct3D's."""


SERIAL = 32_000
"""Most elements for which torch uses one thread. With more threads, each operation ends by waiting for all of them. If
other processes (a browser, a software Vulkan driver) use the cores, a wait lasts a time slice: on two cores, next to
JupyterLab, a frame took 1.3 s on two threads and 24 ms on one."""


class Linear(NamedTuple):
    """``constant + column * x + row * y`` at pixel (x, y), counted from the centre of the top left pixel."""

    constant: float
    column: float
    row: float

    def at(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """The values at the columns ``x`` (w,) and rows ``y`` (h,): (h, w)."""
        return (self.constant + self.row * y)[:, None] + self.column * x[None, :]

    def shift(self, across: float, down: float) -> float:
        """The change over a step of this many pixels."""
        return self.column * across + self.row * down


class Rays(NamedTuple):
    """The rays of a picture. Each component of ``direction`` is a `Linear` function of the pixel."""

    eye: Vector
    direction: tuple[Linear, Linear, Linear]
    side: float  # where the eye is: 1 above the plane, -1 below


def render(
    texture: Texture, camera: Camera, light: Light, background: Vector, picture: torch.Tensor, samples: int
) -> None:
    """Paints colours, clamped to 0..1, into ``picture``, (height, width, 3) float32 on the texture's device.

    ``samples``, a key of `SAMPLES`, is the number of samples that decide how much of a pixel the rectangle covers.
    """
    height, width = picture.shape[:2]
    for band in torch.split(picture, _rows(width, picture.device)):
        for channel, value in zip(band.unbind(dim=2), background, strict=True):
            channel.fill_(min(1.0, max(0.0, value)))
    rays = _rays(camera, width, height)
    left, top, right, bottom = _bounds(texture, camera, width, height)
    if rays.eye[1] == 0 or left >= right or top >= bottom:
        return  # edge-on, the rectangle is invisible
    x = torch.arange(left, right, device=picture.device, dtype=torch.float32)
    rows = torch.arange(top, bottom, device=picture.device, dtype=torch.float32)
    step = _rows(right - left, picture.device)
    for y, region in zip(torch.split(rows, step), torch.split(picture[top:bottom, left:right], step), strict=True):
        _paint(rays, texture, light, region, x, y, samples)


def _rows(width: int, device: torch.device) -> int:
    """Rows to process at once: all on a GPU; on a CPU, few enough for torch to use one thread and for caches."""
    return max(1, SERIAL // width) if device.type == "cpu" else 1 << 30


def _paint(
    rays: Rays, texture: Texture, light: Light, region: torch.Tensor, x: torch.Tensor, y: torch.Tensor, samples: int
) -> None:
    """Draws the rectangle over ``region``, (h, w, 3), the pixels in columns ``x`` and rows ``y``."""
    coverage = _covered(rays, texture, x, y, samples)
    color = _textured(rays, texture, x, y)
    lit = _lit(rays, light, color, x, y)
    outside = coverage == 0  # here NaN times 0 would still be NaN
    through = 1 - coverage if texture.opaque else (1 - coverage * color[3]).masked_fill_(outside, 1)
    for channel in range(3):
        # Clamped before it is mixed with the background: an overexposed edge would be jagged again.
        shade = lit[channel].clamp(min=0)
        shade = shade.clamp_(max=1) if texture.opaque else torch.minimum(shade, color[3])
        region[..., channel].mul_(through).addcmul_(shade.masked_fill_(outside, 0), coverage)


def _rays(camera: Camera, width: int, height: int) -> Rays:
    eye, right, up, forward = camera.frame()
    pixel = 2 * camera.slope / height  # at a distance of 1
    corner = along(forward, (pixel * (1 - width) / 2, right), (pixel * (height - 1) / 2, up))
    direction = [Linear(corner[axis], pixel * right[axis], -pixel * up[axis]) for axis in range(3)]
    return Rays(eye, (direction[0], direction[1], direction[2]), math.copysign(1.0, eye[1]))


def _extent(texture: Texture) -> tuple[float, float]:
    """Half the rectangle's width and depth."""
    longer = max(texture.width, texture.height)
    return texture.width / longer, texture.height / longer


def _forms(rays: Rays, texture: Texture) -> tuple[Linear, Linear, Linear]:
    """(u, v, w): a ray with w > 0 meets the plane at the texture coordinates u / w and v / w."""
    (ex, ey, ez), (dx, dy, dz) = rays.eye, rays.direction
    across, deep = _extent(texture)
    w = Linear(*(-rays.side * d for d in dy))
    height = abs(ey)

    def form(origin: float, direction: Linear, half: float) -> Linear:
        # (origin + s * direction) with s = height / w, mapped from -half..half to 0..1, times w
        return Linear(*((origin * b + height * d) / (2 * half) + b / 2 for b, d in zip(w, direction, strict=True)))

    return form(ex, dx, across), form(ez, dz, deep), w


def _bounds(texture: Texture, camera: Camera, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the pixels that may see the rectangle: all if a corner is behind the eye."""
    eye, right, up, forward = camera.frame()
    across, deep = _extent(texture)
    columns, rows = [], []
    for corner in ((sx * across, 0.0, sz * deep) for sx in (-1, 1) for sz in (-1, 1)):
        ray = along(corner, (-1.0, eye))
        depth = dot(ray, forward)
        if depth <= 1e-6:
            return 0, 0, width, height
        scale = height / (2 * camera.slope * depth)
        columns.append(width / 2 + dot(ray, right) * scale)
        rows.append(height / 2 - dot(ray, up) * scale)

    def within(low: float, high: float, size: int) -> tuple[int, int]:
        return max(0, min(size, math.floor(low) - 1)), max(0, min(size, math.ceil(high) + 1))

    (left, last), (top, bottom) = within(min(columns), max(columns), width), within(min(rows), max(rows), height)
    return left, top, last, bottom


def _covered(rays: Rays, texture: Texture, x: torch.Tensor, y: torch.Tensor, samples: int) -> torch.Tensor:
    """(h, w) float32: the fraction of each pixel's samples that see the rectangle."""
    forms = _forms(rays, texture)
    u, v, w = (form.at(x, y) for form in forms)
    margins = (u, v, w - u, w - v, w)  # all positive inside
    steps = [[form.shift(*offset) for form in forms] for offset in SAMPLES[samples]]
    count = torch.zeros(u.shape, dtype=torch.uint8, device=u.device)
    for du, dv, dw in steps:
        inside = w > -dw
        for margin, step in zip(margins, (du, dv, dw - du, dw - dv), strict=False):
            inside &= margin >= -step
        count += inside
    return count.to(torch.float32).div_(samples)


def _textured(rays: Rays, texture: Texture, x: torch.Tensor, y: torch.Tensor) -> list[torch.Tensor]:
    """The texture's channels at the pixels' centres, (h, w) each."""
    forms = _forms(rays, texture)
    u, v, w = (form.at(x, y) for form in forms)
    scale = w.clamp_(min=1e-9).reciprocal()
    u.mul_(scale).clamp_(0, 1)
    v.mul_(scale).clamp_(0, 1)
    return texture.sample(u, v, _footprint(forms, texture, u, v, scale))


def _footprint(
    forms: tuple[Linear, Linear, Linear], texture: Texture, u: torch.Tensor, v: torch.Tensor, scale: torch.Tensor
) -> torch.Tensor:
    """Texels from one pixel to the next, along the column or the row, whichever are more."""
    steps = []
    for axis in (1, 2):
        across = torch.rsub(u * forms[2][axis], forms[0][axis]).mul_(texture.width)
        down = torch.rsub(v * forms[2][axis], forms[1][axis]).mul_(texture.height)
        steps.append(across.square_().addcmul_(down, down))
    return torch.maximum(*steps).sqrt_().mul_(scale)


def _lit(rays: Rays, light: Light, color: list[torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> list[torch.Tensor]:
    """Red, green and blue, (h, w) each, by Blinn-Phong shading."""
    if not light.enabled:
        return color[:3]
    towards = light.towards()
    facing = max(0.0, rays.side * towards[1])
    shine = _highlight(rays, light, towards, x, y) if facing > 0 and light.specular > 0 else None
    lit = []
    for channel in range(3):
        strength = light.intensity * light.color[channel]
        value = color[channel] * (light.ambient + strength * facing)
        if shine is not None:
            alpha = 1.0 if len(color) == 3 else color[3]
            value = value + shine * (light.specular * strength) * alpha
        lit.append(value)
    return lit


def _highlight(rays: Rays, light: Light, towards: Vector, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """(h, w): the cosine between the normal and the half vector, raised to the shininess."""
    direction = [form.at(x, y) for form in rays.direction]
    length = torch.sqrt(direction[0] ** 2 + direction[1] ** 2 + direction[2] ** 2)
    normal = rays.side * towards[1] - rays.side * direction[1] / length
    light_and_eye = -(direction[0] * towards[0] + direction[1] * towards[1] + direction[2] * towards[2]) / length
    half = torch.sqrt((2 + 2 * light_and_eye).clamp_(min=1e-12))
    return (normal / half).clamp_(0, 1).pow_(light.shininess)
