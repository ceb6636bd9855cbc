"""The lit plane compared with scalar Python, ray by ray, and with known facts about planes and cameras."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vultorch_widget.scene3d.camera import Camera
from vultorch_widget.scene3d.light import Light
from vultorch_widget.scene3d.plane import SAMPLES, render
from vultorch_widget.scene3d.texture import Texture

BACKGROUND = (0.1, 0.2, 0.3)
UNLIT = Light(enabled=False)


def picture(
    tensor: torch.Tensor,
    camera: Camera,
    light: Light = UNLIT,
    *,
    size: tuple[int, int] = (36, 48),
    samples: int = 1,
) -> np.ndarray:
    out = torch.full((*size, 3), math.nan)
    render(Texture(tensor), camera.checked(), light.checked(), BACKGROUND, out, samples)
    return out.numpy()


# --- against scalar Python -------------------------------------------------------------------------------------------


def cross(a, b):
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def norm(a):
    length = math.sqrt(sum(v * v for v in a))
    return tuple(v / length for v in a)


def dot(a, b):
    return sum(v * w for v, w in zip(a, b, strict=True))


class Tracer:
    """Traces single rays. Its axes come from a look-at matrix, not from the angles."""

    def __init__(self, tensor, camera, light, size, samples):
        self.texels, self.light, self.size, self.samples = tensor.tolist(), light, size, samples
        self.rows, self.columns = tensor.shape[:2]
        cos = math.cos(camera.elevation)
        away = cos * math.sin(camera.azimuth), math.sin(camera.elevation), cos * math.cos(camera.azimuth)
        self.eye = tuple(t + camera.distance * a for t, a in zip(camera.target, away, strict=True))
        self.forward = norm(tuple(t - e for t, e in zip(camera.target, self.eye, strict=True)))
        self.right = norm(cross(self.forward, (0, 1, 0)))
        self.up = cross(self.right, self.forward)
        self.slope = math.tan(math.radians(camera.fov) / 2)

    def ray(self, x, y):
        height, width = self.size
        across = (2 * (x + 0.5) / width - 1) * self.slope * width / height
        down = (1 - 2 * (y + 0.5) / height) * self.slope
        return norm(tuple(f + across * r + down * u for f, r, u in zip(self.forward, self.right, self.up, strict=True)))

    def meet(self, x, y):
        """The point where a pixel's ray meets the plane, or None."""
        ray = self.ray(x, y)
        if ray[1] == 0 or -self.eye[1] / ray[1] <= 0:
            return None
        reach = -self.eye[1] / ray[1]
        return self.eye[0] + reach * ray[0], self.eye[2] + reach * ray[2]

    def place(self, point):
        longer = max(self.rows, self.columns)
        return (point[0] * longer / self.columns + 1) / 2, (point[1] * longer / self.rows + 1) / 2

    def texel(self, u, v):
        """Samples bilinearly with repeated edges."""
        x, y = min(max(u, 0), 1) * self.columns - 0.5, min(max(v, 0), 1) * self.rows - 0.5
        left, top = math.floor(x), math.floor(y)
        total = [0.0] * 3
        for i, j in itertools.product((0, 1), (0, 1)):
            share = (x - left if i else 1 - x + left) * (y - top if j else 1 - y + top)
            color = self.texels[min(max(top + j, 0), self.rows - 1)][min(max(left + i, 0), self.columns - 1)]
            total = [t + share * c for t, c in zip(total, color, strict=True)]
        return total

    def shade(self, point):
        color = self.texel(*self.place(point))
        light = self.light
        if not light.enabled:
            return color
        towards = norm(tuple(-d for d in light.direction))
        normal = (0.0, math.copysign(1, self.eye[1]), 0.0)
        to_eye = norm((self.eye[0] - point[0], self.eye[1], self.eye[2] - point[1]))
        facing = max(0.0, dot(normal, towards))
        half = norm(tuple(a + b for a, b in zip(towards, to_eye, strict=True)))
        shine = max(0.0, dot(normal, half)) ** light.shininess if facing > 0 else 0.0
        return [
            c * (light.ambient + light.intensity * k * facing) + light.specular * light.intensity * k * shine
            for c, k in zip(color, light.color, strict=True)
        ]

    def pixel(self, x, y):
        hits = 0
        for dx, dy in SAMPLES[self.samples]:
            point = self.meet(x + dx, y + dy)
            if point is not None:
                u, v = self.place(point)
                hits += 0 <= u <= 1 and 0 <= v <= 1
        center = self.meet(x, y)
        cover = hits / self.samples
        if cover == 0 or center is None:
            return BACKGROUND
        shade = [min(max(c, 0), 1) for c in self.shade(center)]
        return [b * (1 - cover) + c * cover for b, c in zip(BACKGROUND, shade, strict=True)]

    def magnified(self, x, y):
        """True if texels are larger than the pixel, so that none is averaged."""
        steps = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
        around = [self.meet(x + across, y + down) for across, down in steps]
        if None in around:
            return around[0] is None
        here, *there = [(u * self.columns, v * self.rows) for u, v in map(self.place, around)]
        return max(math.dist(here, step) for step in there) < 0.9

    def picture(self):
        height, width = self.size
        return np.array([[self.pixel(x, y) for x in range(width)] for y in range(height)])


@pytest.mark.parametrize("samples", [1, 2, 4, 8])
@pytest.mark.parametrize(
    ("camera", "light"),
    [
        (Camera(), Light()),
        (Camera(azimuth=2.1, elevation=1.2, distance=2.2), Light(direction=(1, -0.4, -2), shininess=8)),
        (Camera(azimuth=-0.7, elevation=0.2, distance=1.1, fov=70), Light(color=(1, 0.5, 0.25), intensity=2)),
        (Camera(elevation=-0.8, target=(0.3, 0.1, -0.2)), Light()),
        (Camera(elevation=-0.8), Light(direction=(0.2, 1.0, 0.1), specular=1.5)),
        (Camera(azimuth=0.4, distance=0.6, elevation=0.3, fov=100), UNLIT),
    ],
)
def test_it_equals_the_scalar_ray_tracer(camera: Camera, light: Light, samples: int) -> None:
    tensor = torch.rand(3, 4, 3, generator=torch.Generator().manual_seed(1))
    shown = picture(tensor, camera, light, samples=samples)
    # Minified parts are tested elsewhere.
    tracer = Tracer(tensor, camera, light, (36, 48), samples)
    magnified = np.array([[tracer.magnified(x, y) for x in range(48)] for y in range(36)])
    assert magnified.mean() > 0.85
    wrong = np.abs(shown - tracer.picture()).max(axis=-1)[magnified]
    assert (wrong < 2e-4).mean() > 0.995  # in single precision, a sample on the very edge may fall on either side
    assert wrong.max() < 1 / samples + 2e-4
    assert (np.abs(shown - BACKGROUND).max(axis=-1) > 0.01).any()


# --- known facts -----------------------------------------------------------------------------------------------------


def quarters() -> torch.Tensor:
    """Red, green, blue and white in reading order."""
    colors = torch.tensor([[[1.0, 0, 0], [0, 1, 0]], [[0, 0, 1], [1, 1, 1]]])
    return colors.repeat_interleave(16, 0).repeat_interleave(16, 1)


def corners(shown: np.ndarray) -> list[list[int]]:
    """The colours well inside the four quarters of the plane, in reading order."""
    return [shown[y, x].round().astype(int).tolist() for y in (12, 24) for x in (18, 30)]


READING = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]


def test_from_straight_above_the_texture_is_upright() -> None:
    shown = picture(quarters(), Camera(elevation=math.pi / 2))
    assert corners(shown) == READING
    quarter_turn = picture(quarters(), Camera(elevation=math.pi / 2, azimuth=math.pi / 2))
    assert corners(quarter_turn) == [READING[i] for i in (2, 0, 3, 1)]  # the camera is to its right
    from_below = picture(quarters(), Camera(elevation=-math.pi / 2))
    assert corners(from_below) == [READING[i] for i in (2, 3, 0, 1)]


def test_the_plane_has_the_size_that_perspective_gives_it() -> None:
    shown = picture(torch.ones(8, 8, 3), Camera(elevation=math.pi / 2, distance=4), size=(200, 300), samples=8)
    plane = shown[..., 0] > 0.5
    half = 100 / (4 * math.tan(math.radians(22.5)))
    assert plane.sum() == pytest.approx((2 * half) ** 2, rel=0.02)
    wide = picture(torch.ones(4, 8, 3), Camera(elevation=math.pi / 2, distance=4), size=(200, 300))
    rows, columns = np.nonzero(wide[..., 0] > 0.5)
    assert np.ptp(columns) == pytest.approx(2 * half, abs=2)
    assert np.ptp(rows) == pytest.approx(half, abs=2)


def test_above_the_horizon_there_is_only_background() -> None:
    camera = Camera(elevation=0.1, distance=0.5, fov=90)  # above the plane, which reaches the horizon
    shown = picture(torch.ones(16, 16, 3), camera, size=(100, 100))
    horizon = 50 - 50 * math.tan(0.1)
    assert np.allclose(shown[: math.floor(horizon) - 1], BACKGROUND)
    assert (shown[60:, 50] == 1).all()


def test_it_is_invisible_edge_on_and_from_behind() -> None:
    for camera in (Camera(elevation=0.0), Camera(target=(0, 0, 50))):
        assert np.allclose(picture(torch.ones(8, 8, 3), camera, samples=4), BACKGROUND)


def test_half_covered_pixels_are_blended_half_and_half() -> None:
    shown = picture(torch.ones(8, 8, 3), Camera(azimuth=0.3), size=(120, 160), samples=8)
    share = (shown[..., 0] - BACKGROUND[0]) / (1 - BACKGROUND[0])
    levels = np.unique((share * 8).round(3))
    assert np.allclose(levels, levels.round())
    assert len(levels) > 6
    hard = picture(torch.ones(8, 8, 3), Camera(azimuth=0.3), size=(120, 160), samples=1)
    assert share.sum() == pytest.approx((hard[..., 0] > 0.5).sum(), rel=0.005)


def test_overexposed_planes_still_have_smooth_edges() -> None:
    shown = picture(torch.ones(8, 8, 3), Camera(azimuth=0.3), Light(intensity=50), samples=8)
    edge = (shown[..., 0] > BACKGROUND[0] + 0.01) & (shown[..., 0] < 0.99)
    assert edge.sum() > 30
    assert shown.max() == 1


def test_a_fine_pattern_from_afar_is_its_mean_and_does_not_flicker() -> None:
    board = (torch.arange(512)[:, None] + torch.arange(512)) % 2
    pattern = board[..., None].expand(-1, -1, 3).float()
    means = []
    for turn in range(5):
        shown = picture(pattern, Camera(elevation=math.pi / 2, distance=3 + turn / 50), size=(60, 80))
        inside = shown[20:40, 30:50]
        assert np.abs(inside - 0.5).max() < 0.02
        means.append(inside.mean())
    assert np.ptp(means) < 0.005
    near = picture(pattern, Camera(elevation=math.pi / 2, distance=0.05), size=(60, 80))
    assert near.min() < 0.02
    assert near.max() > 0.98


def test_a_gradient_keeps_its_place_at_every_distance() -> None:
    ramp = torch.linspace(0, 1, 300)[None, :, None].expand(300, -1, 3).clone()
    for distance in (1.0, 3.0, 9.0):
        shown = picture(ramp, Camera(elevation=math.pi / 2, distance=distance), size=(101, 101))
        assert shown[50, 50, 0] == pytest.approx(0.5, abs=0.02)


def test_alpha_lets_the_background_through() -> None:
    tensor = torch.ones(4, 4, 4)
    tensor[..., 3] = 0.25
    shown = picture(tensor, Camera(elevation=math.pi / 2))
    assert shown[18, 24] == pytest.approx([0.25 + 0.75 * b for b in BACKGROUND], abs=1e-5)


@pytest.mark.parametrize("channels", [3, 4])
def test_nan_stays_within_the_plane(channels: int) -> None:
    camera = Camera(azimuth=0.3)
    whole = picture(torch.ones(8, 8, 3), camera, samples=8)
    behind = np.abs(whole - np.float32(BACKGROUND)).max(axis=-1) < 1e-6
    shown = picture(torch.full((8, 8, channels), math.nan), camera, Light(), samples=8)
    assert np.array_equal(np.isnan(shown).any(axis=-1), ~behind)
    assert np.allclose(shown[behind], BACKGROUND)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_nan_or_infinite_texel_spoils_only_its_own_pixels(value: float) -> None:
    """Mipmap levels change at its rim, and each may only be blended where its weight is not 0."""
    tensor = torch.zeros(256, 256, 3)
    dark = picture(tensor, Camera())
    tensor[200, 128] = 1
    painted = np.abs(picture(tensor, Camera()) - dark).max(axis=-1) > 0
    tensor[200, 128] = value
    shown = picture(tensor, Camera())
    assert painted.sum() > 2
    assert np.array_equal((shown != dark).any(axis=-1), painted)  # NaN differs from everything


@pytest.mark.parametrize("dtype", [torch.uint8, torch.bool, torch.float16, torch.float64])
@pytest.mark.parametrize("shape", [(5, 4), (5, 4, 1), (5, 4, 3)])
def test_every_tensor_that_is_a_picture_is_a_texture(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    top = 255 if dtype == torch.uint8 else 1
    tensor = torch.full(shape, top).to(dtype)
    assert picture(tensor, Camera(elevation=math.pi / 2))[18, 24] == pytest.approx([1, 1, 1])


def test_the_highlight_is_in_the_mirror_direction() -> None:
    light = Light(direction=(0, -1, -1), ambient=0, specular=1, shininess=400)  # from the front, at 45 degrees
    camera = Camera(azimuth=math.pi, elevation=math.pi / 4)
    shown = picture(torch.zeros(4, 4, 3), camera, light, size=(99, 99))
    y, x = np.unravel_index(shown[..., 0].argmax(), (99, 99))
    assert (x, y) == (49, 49)
    assert shown[49, 49, 0] == pytest.approx(1, abs=1e-3)


def test_without_light_only_ambient_remains() -> None:
    light = Light(direction=(0, 1, 0), ambient=0.2)  # from below
    assert picture(torch.ones(4, 4, 3), Camera(), light)[18, 24] == pytest.approx([0.2] * 3)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-10, 10),
    st.floats(-math.pi / 2, math.pi / 2),
    st.floats(0.05, 50),
    st.floats(5, 170),
    st.tuples(*[st.floats(-3, 3)] * 3),
    st.integers(1, 9),
    st.integers(1, 9),
)
def test_there_is_a_finite_picture_from_anywhere(azimuth, elevation, distance, fov, target, height, width) -> None:
    camera = Camera(azimuth, elevation, distance, target, fov)
    shown = picture(torch.rand(height, width, 3), camera, Light(), size=(13, 17), samples=2)
    assert np.isfinite(shown).all()
    assert shown.min() >= 0
    assert shown.max() <= 1


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_a_gpu_draws_the_same() -> None:
    tensor = torch.rand(64, 64, 3)
    out = torch.zeros(60, 80, 3, device="cuda")
    render(Texture(tensor.cuda()), Camera(), Light(), BACKGROUND, out, 4)
    differs = np.abs(out.cpu().numpy() - picture(tensor, Camera(), Light(), size=(60, 80), samples=4)).max(axis=-1)
    assert (differs < 1e-3).mean() > 0.995


# --- camera and light ------------------------------------------------------------------------------------------------


def test_panning_keeps_points_under_the_pointer() -> None:
    camera = Camera(azimuth=0.4, elevation=math.pi / 2)
    before = picture(quarters(), camera, size=(80, 80))
    camera.pan(10 / 80, -5 / 80)  # ten pixels to the right, five up
    after = picture(quarters(), camera, size=(80, 80))
    assert np.abs(after[10:60, 20:70] - before[15:65, 10:60]).mean() < 0.01


def test_orbiting_stops_at_the_poles_and_zooming_at_its_limits() -> None:
    camera = Camera()
    camera.orbit(0.25, 10)
    assert camera.azimuth == pytest.approx(-math.pi / 4)
    assert camera.elevation == math.pi / 2
    camera.orbit(0, -10)
    assert camera.elevation == -math.pi / 2
    camera.zoom(1)
    assert camera.distance == pytest.approx(2.7)
    camera.zoom(1e4)
    assert camera.distance == 0.05
    camera.zoom(-1e3)
    assert camera.distance == 1000
    camera.reset()
    assert camera == Camera()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Camera(distance=0), r"camera\.distance must be above 0 and at most 1e\+09, not 0"),
        (Camera(fov=180), r"camera\.fov must be at least 0\.001 and below 180 degrees, not 180"),
        (Camera(azimuth=math.nan), r"camera angles must be finite, not nan and 0\.6"),
        (Camera(target=(1, 2)), r"camera\.target must be three numbers, not \(1, 2\)"),
        (Light(direction=(0, 0, 0)), r"light\.direction must point somewhere, not \(0, 0, 0\)"),
        (Light(color=("red", 0, 0)), r"light\.color must be three numbers, not \('red', 0, 0\)"),
        (Light(ambient=-1), r"light\.ambient must be 0 or more, not -1"),
        (Light(shininess=0), r"light\.shininess must be above 0, not 0"),
    ],
)
def test_values_out_of_range_are_named(wrong: Camera | Light, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        wrong.checked()
    with pytest.raises(AttributeError):
        wrong.elevatoin = 1  # type: ignore[union-attr]
