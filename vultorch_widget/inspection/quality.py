"""How far one picture is from another, as a single number: PSNR, SSIM, MAE and FLIP.

The formulas are the published ones, in plain torch on the pictures' own device. Among maintained libraries,
torchmetrics and piq lack FLIP and bring in as many dependencies as this package has, and scikit-image and NVIDIA's
flip-evaluator copy every picture to the CPU. Tests compare the numbers with the latter two.

Filters are sums of shifted pictures. A convolution on a GPU would use TF32, which is too coarse for SSIM, unless a
process-wide setting forbids it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch

Pictures = torch.Tensor
"""float32 (N, C, H, W) with C = 1 or 3, values for a display in 0..1."""

BAND = 1 << 18
"""Texels that are compared at once. FLIP takes about 300 bytes of memory for each."""


@dataclass(frozen=True, slots=True)
class Values:
    """The values of ``pictures``, (N, H, W, C) of any dtype of `pictures.tensors`, read a few rows at a time.

    ``scale`` and ``bias``, for all channels or for each, undo a normalisation.
    """

    pictures: torch.Tensor
    scale: tuple[float, ...] = ()
    bias: tuple[float, ...] = ()

    def rows(self, top: int, bottom: int) -> Pictures:
        """Rows ``top`` to ``bottom``, without the fourth channel (opacity). Values that are not finite become NaN."""
        part = self.pictures[:, top:bottom, :, :3].permute(0, 3, 1, 2)
        part = part.float() / 255 if part.dtype is torch.uint8 else part.float()
        if self.scale:
            channels = part.unbind(1)
            factors, sums = (values * (len(channels) // len(values) or 1) for values in (self.scale, self.bias))
            changed = [each * factors[i] + sums[i] for i, each in enumerate(channels)]
            part = torch.stack(changed, 1)
        return torch.where(part.isfinite(), part, math.nan)


@dataclass(frozen=True, slots=True)
class Formula:
    """``mean`` takes pictures and returns a mean for each. It needs ``halo`` texels around each texel it judges. With
    ``pads`` these repeat the edge; otherwise texels near the edge are not judged. ``finish`` converts the mean to the
    final number.
    """

    mean: Callable[[Pictures, Pictures], torch.Tensor]
    halo: int = 0
    pads: bool = False
    finish: Callable[[torch.Tensor], torch.Tensor] = lambda mean: mean

    @property
    def least(self) -> int:
        """Minimum texels per side of a picture."""
        return 1 if self.pads else 1 + 2 * self.halo

    def __call__(self, prediction: Values, target: Values) -> torch.Tensor:
        """The number, the mean over all pictures, as a tensor of one element.

        Compares band by band, so that large pictures take no more memory than small ones.
        """
        count, height, width, _ = prediction.pictures.shape
        first, last = (0, height) if self.pads else (self.halo, height - self.halo)
        step = max(1, BAND // (count * width))
        total = torch.zeros(count, dtype=torch.float32, device=prediction.pictures.device)
        for top in range(first, last, step):
            bottom = min(top + step, last)
            bands = [self._band(values, top, bottom, height) for values in (prediction, target)]
            total += self.mean(*bands) * ((bottom - top) / (last - first))
        return self.finish(total).mean()

    def _band(self, values: Values, top: int, bottom: int, height: int) -> Pictures:
        """Rows ``top`` to ``bottom`` with the halo around them."""
        above, below = max(0, self.halo - top), max(0, bottom + self.halo - height)
        rows = values.rows(top - self.halo + above, bottom + self.halo - below)
        if not self.pads:
            return rows
        return torch.nn.functional.pad(rows, (self.halo, self.halo, above, below), mode="replicate")


def _mean(each: torch.Tensor) -> torch.Tensor:
    return each.flatten(1).mean(1)


def _absolute(prediction: Pictures, target: Pictures) -> torch.Tensor:
    return _mean((prediction - target).abs())


def _squared(prediction: Pictures, target: Pictures) -> torch.Tensor:
    return _mean((prediction - target).square())


def _decibels(error: torch.Tensor) -> torch.Tensor:
    return -10 * error.log10()


# --- SSIM ------------------------------------------------------------------------------------------------------------

SSIM_RADIUS = 5
"""SSIM judges windows of 11 x 11 texels."""


def _likeness(prediction: Pictures, target: Pictures) -> torch.Tensor:
    """The structural similarity of Wang et al., "Image Quality Assessment: From Error Visibility to Structural
    Similarity", 2004: windows with sigma 1.5, only where they fit inside the picture, per channel.
    """
    weights = tuple((weight,) for weight in _scaled(_gaussian(SSIM_RADIUS, 1.5)))
    products = [prediction, target, prediction * prediction, target * target, prediction * target]
    means = _filtered(torch.cat(products), weights, weights).chunk(5)
    mean_p, mean_t = means[:2]
    variance_p, variance_t = means[2] - mean_p * mean_p, means[3] - mean_t * mean_t
    covariance = means[4] - mean_p * mean_t
    c1, c2 = 0.01**2, 0.03**2
    likeness = (2 * mean_p * mean_t + c1) * (2 * covariance + c2)
    return _mean(likeness / ((mean_p * mean_p + mean_t * mean_t + c1) * (variance_p + variance_t + c2)))


# --- FLIP ------------------------------------------------------------------------------------------------------------

PIXELS_PER_DEGREE = 0.7 * 3840 / 0.7 * math.pi / 180
"""The apparent size of a pixel, as FLIP's authors assume: a screen 0.7 m and 3840 pixels wide, seen from 0.7 m."""
_TO_XYZ = (
    (10135552 / 24577794, 8788810 / 24577794, 4435075 / 24577794),
    (2613072 / 12288897, 8788810 / 12288897, 887015 / 12288897),
    (1425312 / 73733382, 8788810 / 73733382, 70074185 / 73733382),
)
"""From linear sRGB to CIE XYZ."""
_WHITE = tuple(sum(row) for row in _TO_XYZ)
_SENSITIVITY = ((1.0, 0.0047), (1.0, 0.0053), (34.1, 0.04), (13.5, 0.025))
"""Amplitude and width of the Gaussians of the contrast sensitivity: luminance, red-green, and two for blue-yellow."""


_BLUR_RADIUS = math.ceil(3 * math.sqrt(0.04 / (2 * math.pi**2)) * PIXELS_PER_DEGREE)
_FEATURE_SIGMA = 0.5 * 0.082 * PIXELS_PER_DEGREE
_FEATURE_RADIUS = math.ceil(3 * _FEATURE_SIGMA)


def _visible(prediction: Pictures, target: Pictures) -> torch.Tensor:
    """The error map of Andersson et al., "FLIP: A Difference Evaluator for Alternating Images", 2020. Values outside
    0..1 are clamped, as on a display. A picture with one channel is grey.
    """
    count = len(prediction)
    shown = torch.cat([prediction, target]).clamp(0, 1).expand(-1, 3, -1, -1)
    linear = torch.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    seen = _opponent(linear)
    perceived = _hunt(_lab(_linear(_blurred(seen)).clamp(0, 1)))
    colors = _color_error(perceived[:count], perceived[count:])
    edge = _BLUR_RADIUS - _FEATURE_RADIUS  # texels that the narrower filter does not need
    luminance = (seen[:, :1, edge : seen.shape[2] - edge, edge : seen.shape[3] - edge] + 16) / 116
    edges, points = ((each[:count] - each[count:]).abs() for each in _features(luminance))
    structure = (torch.maximum(edges, points) / math.sqrt(2)).clamp(0, 1).sqrt()
    return _mean(colors ** (1 - structure))


def _opponent(linear: torch.Tensor) -> torch.Tensor:
    """Linear sRGB as YCxCz: luminance, red-green, blue-yellow."""
    x, y, z = _mixed(linear, _TO_XYZ).unbind(1)
    x, z = x / _WHITE[0], z / _WHITE[2]
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def _linear(opponent: torch.Tensor) -> torch.Tensor:
    luminance, red_green, blue_yellow = opponent.unbind(1)
    y = (luminance + 16) / 116
    xyz = torch.stack([(y + red_green / 500) * _WHITE[0], y, (y - blue_yellow / 200) * _WHITE[2]], 1)
    return _mixed(xyz, _inverse())


def _lab(linear: torch.Tensor) -> torch.Tensor:
    xyz = _mixed(linear, _TO_XYZ)
    x, y, z = (_lightness(xyz[:, i] / _WHITE[i]) for i in range(3))
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def _lightness(share: torch.Tensor) -> torch.Tensor:
    edge = 6 / 29
    return torch.where(share > edge**3, share.clamp_min(edge**3) ** (1 / 3), share / (3 * edge**2) + 4 / 29)


def _hunt(lab: torch.Tensor) -> torch.Tensor:
    """Colours look weaker in darker areas."""
    return torch.cat([lab[:, :1], lab[:, 1:] * lab[:, :1] * 0.01], 1)


def _distance(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """HyAB: how far apart two large colour differences look."""
    difference = a - b
    return difference[:, :1].abs() + difference[:, 1:].square().sum(1, keepdim=True).sqrt()


def _color_error(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Distances, with the lower 40% of their range stretched to 0..0.95."""
    most, share, to = _farthest(), 0.4, 0.95
    error = _distance(prediction, target) ** 0.7
    near = error * (to / (share * most))
    far = to + (error - share * most) / (most - share * most) * (1 - to)
    return torch.where(error < share * most, near, far)


@cache
def _farthest() -> float:
    """The distance between green and blue, the two most distant colours."""
    both = _hunt(_lab(torch.tensor([[0.0, 1, 0], [0, 0, 1]], device="cpu").reshape(2, 3, 1, 1)))
    distance: float = _distance(both[:1], both[1:]).item()
    return math.pow(distance, 0.7)


def _blurred(opponent: torch.Tensor) -> torch.Tensor:
    """What an eye can distinguish at that distance, in YCxCz."""
    lines, shares = [], []
    for amplitude, width in _SENSITIVITY:
        line = _gaussian(_BLUR_RADIUS, PIXELS_PER_DEGREE * math.sqrt(width / (2 * math.pi**2)))
        lines.append(_scaled(line))
        shares.append(amplitude * math.sqrt(math.pi / width) * sum(line) ** 2)
    taps = tuple(zip(*lines, strict=True))
    luminance, red_green, first, second = _filtered(opponent[:, [0, 1, 2, 2]], taps, taps).unbind(1)
    blue_yellow = (first * shares[2] + second * shares[3]) / (shares[2] + shares[3])
    return torch.stack([luminance, red_green, blue_yellow], 1)


def _features(luminance: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """How much each texel looks like an edge, and like a point."""
    weights = _gaussian(_FEATURE_RADIUS, _FEATURE_SIGMA)
    places = range(-_FEATURE_RADIUS, _FEATURE_RADIUS + 1)
    round_ = _balanced(weights)
    edge = _balanced([-x * weight for x, weight in zip(places, weights, strict=True)])
    point = _balanced([(x * x / _FEATURE_SIGMA**2 - 1) * weight for x, weight in zip(places, weights, strict=True)])
    down = tuple(zip(round_, edge, round_, point, strict=True))
    across = tuple(zip(edge, round_, point, round_, strict=True))
    edges_x, edges_y, points_x, points_y = _filtered(luminance.expand(-1, 4, -1, -1), down, across).unbind(1)
    return torch.hypot(edges_x, edges_y)[:, None], torch.hypot(points_x, points_y)[:, None]


def _balanced(weights: list[float]) -> list[float]:
    """``weights`` scaled so that the positive ones add up to 1, and the negative ones to -1."""
    positive = sum(weight for weight in weights if weight > 0)
    negative = -sum(weight for weight in weights if weight < 0)
    return [weight / (positive if weight > 0 else negative or 1) for weight in weights]


# --- arithmetic ------------------------------------------------------------------------------------------------------

Taps = tuple[tuple[float, ...], ...]
"""A filter along one axis. Each tap has a weight for each channel, or one for all."""


def _gaussian(radius: int, sigma: float) -> list[float]:
    return [math.exp(-x * x / (2 * sigma**2)) for x in range(-radius, radius + 1)]


def _scaled(weights: list[float]) -> list[float]:
    """``weights`` with a sum of 1."""
    total = sum(weights)
    return [weight / total for weight in weights]


def _filtered(pictures: torch.Tensor, down: Taps, across: Taps) -> torch.Tensor:
    """``pictures`` filtered along both axes, only where the filter fits inside, so they get smaller."""
    return _along(_along(pictures, down, 2), across, 3)


def _along(pictures: torch.Tensor, taps: Taps, axis: int) -> torch.Tensor:
    weights = _weights(taps, pictures.device)
    length = pictures.shape[axis] - len(taps) + 1
    result = pictures.narrow(axis, 0, length) * weights[0]
    for at in range(1, len(taps)):
        result.addcmul_(pictures.narrow(axis, at, length), weights[at])
    return result


@cache
def _weights(taps: Taps, device: torch.device) -> tuple[torch.Tensor, ...]:
    """Cached on the device, because a copy to a GPU would wait for it."""
    with torch.inference_mode(False):
        return torch.tensor(taps, device=device, dtype=torch.float32)[..., None, None].unbind()


def _mixed(pictures: torch.Tensor, rows: tuple[tuple[float, ...], ...]) -> torch.Tensor:
    """Each channel of the result is a sum of channels, with the weights of its row."""
    red, green, blue = pictures.unbind(1)
    return torch.stack([red * a + green * b + blue * c for a, b, c in rows], 1)


@cache
def _inverse() -> tuple[tuple[float, ...], ...]:
    """From CIE XYZ to linear sRGB."""
    return tuple(map(tuple, torch.linalg.inv(torch.tensor(_TO_XYZ, dtype=torch.float64, device="cpu")).tolist()))


FORMULAS = {
    "psnr": Formula(_squared, finish=_decibels),
    "ssim": Formula(_likeness, SSIM_RADIUS),
    "mae": Formula(_absolute),
    "flip": Formula(_visible, _BLUR_RADIUS, pads=True),
}
"""By the names that users give. All but ``mae`` and ``flip`` are better when higher."""
