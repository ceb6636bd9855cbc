"""What a canvas with an overlay shows, with either compositor, compared to the same picture composed in torch."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import vultorch_widget as vultorch
from vultorch_widget.tree.tiles import plan

from .tiles import LABEL_DTYPES

many = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = {"sky": "#87ceeb", "road": "#804080", "car": "#00008e", "tree": "#228b22"}
COLORS = [[0x87, 0xCE, 0xEB], [0x80, 0x40, 0x80], [0, 0, 0x8E], [0x22, 0x8B, 0x22]]
STRAY = 4
LAYOUTS = ("HW", "HWC", "CHW", "NHW", "NHWC", "NCHW")


@st.composite
def pictures(draw) -> tuple[torch.Tensor, str]:
    """A picture or a batch of any layout, of one or three channels, with values in 0..1."""
    layout = draw(st.sampled_from(LAYOUTS))
    sizes = {"N": st.integers(1, 5), "C": st.sampled_from([1, 3]), "H": st.integers(1, 9), "W": st.integers(1, 11)}
    shape = tuple(draw(sizes[axis]) for axis in layout)
    values = np.random.default_rng(draw(st.integers(0, 1 << 30))).uniform(0, 1, shape)
    if draw(st.booleans()):
        return torch.from_numpy((values * 255).round().astype(np.uint8)), layout
    tensor = torch.from_numpy(values).to(draw(st.sampled_from([torch.float32, torch.float64])))
    return (tensor.transpose(0, 1).contiguous().transpose(0, 1) if draw(st.booleans()) else tensor), layout


@st.composite
def canvases(draw, canvas: vultorch.Canvas) -> torch.Tensor:
    """Shows a picture with an overlay on ``canvas``. Returns what that should look like: (height, width, 3) in 0..1."""
    tensor, layout = draw(pictures())
    canvas.overlay(None)
    canvas.bind(tensor, layout=layout, columns=draw(st.sampled_from(["auto", 1, 2])), gap=draw(st.integers(0, 2)))
    shown, grid = canvas.pictures, canvas.grid
    assert shown is not None
    assert grid is not None
    dtype = draw(st.sampled_from(LABEL_DTYPES))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    least, most = (0, 2) if dtype == torch.bool else (0 if dtype == torch.uint8 else -1, STRAY + 1)
    masks = torch.from_numpy(rng.integers(least, most, shown.shape[:3])).to(dtype)
    alpha = draw(st.floats(0, 1))
    mask, axes = (masks, "NHW") if "N" in layout else (masks[0], "HW")
    mask, axes = (mask[..., None], axes + "C") if draw(st.booleans()) else (mask, axes)
    canvas.overlay(mask, alpha, labels=NAMES, layout=axes)
    hidden = draw(st.sets(st.sampled_from(sorted(NAMES))))
    assert canvas.overlay_labels is not None
    canvas.overlay_labels.hidden = hidden
    values = shown.double() / (255 if shown.dtype == torch.uint8 else 1)
    paints = torch.tensor([name not in hidden for name in NAMES] + [False])  # the last one is for ignored values
    colors = torch.tensor([*COLORS, [0, 0, 0]]).double() / 255
    sheet = torch.full((*grid.size, 3), 0.5, dtype=torch.float64)
    for index in range(grid.count):
        number = masks[index].long().where((masks[index] >= 0) & (masks[index] != STRAY), STRAY)
        weight = paints[number].double()[..., None] * alpha
        one = values[index] * (1 - weight) + colors[number] * weight
        one[masks[index] == STRAY] = torch.tensor([1.0, 0.0, 1.0], dtype=torch.float64)
        x, y = grid.origin(index)
        sheet[y : y + grid.height, x : x + grid.width] = one
    return sheet


def test_overlays_of_canvases_equal_torch_within_one_level(vulkan, reference):
    view = vultorch.View("overlays", headless=True)
    canvas = view.panel("p").canvas("c")

    @many
    @given(st.data())
    def check(data):
        sheet = data.draw(canvases(canvas))
        height, width = sheet.shape[:2]
        left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
        right, bottom = data.draw(st.integers(left + 1, width)), data.draw(st.integers(top + 1, height))
        crop = None if data.draw(st.booleans()) else (left, top, right, bottom)
        part = sheet if crop is None else sheet[top:bottom, left:right]
        tile = plan(canvas, {canvas.id: (part.shape[1], part.shape[0])}, crop)
        assert tile is not None
        for compositor in (vulkan, reference):
            made = compositor.compose([tile]).pixels(0)[..., :3]
            assert np.abs(made - 255 * part.numpy()).max() <= 1

    check()
    view.close()


def test_a_minified_overlay_is_the_mean_of_its_texels(vulkan, reference):
    """In a grid without gaps, halved: the picture and the overlay are each averaged, and then blended."""
    view = vultorch.View("overlays", headless=True)
    batch, masks = torch.rand(4, 3, 8, 10), torch.randint(0, 2, (4, 8, 10))
    canvas = view.panel("p").canvas("c").bind(batch, layout="NCHW", columns=4, gap=0)
    canvas.overlay(masks, 0.3, labels=NAMES)
    colors = torch.tensor(COLORS).double() / 255
    sheet, over = torch.cat(list(batch), -1).double(), torch.cat(list(colors[masks]), 1).permute(2, 0, 1)
    mean = torch.nn.functional.avg_pool2d(0.7 * sheet + 0.3 * over, 2).permute(1, 2, 0).numpy()
    tile = plan(canvas, {canvas.id: (20, 4)})
    assert tile is not None
    for compositor in (vulkan, reference):
        assert np.abs(compositor.compose([tile]).pixels(0)[..., :3] - 255 * mean).max() <= 1
    view.close()
