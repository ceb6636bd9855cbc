"""Tiles for tests: shortcuts for making one, and a hypothesis strategy for all kinds."""

from __future__ import annotations

import math

import numpy as np
import torch
from hypothesis import strategies as st

from vultorch_widget.annotations.palette import Palette
from vultorch_widget.pictures.arrangement import arrangement
from vultorch_widget.render.plan import Tile
from vultorch_widget.render.scaling import scaling
from vultorch_widget.render.second import DIFFERENCES, Second

DTYPES = (torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.uint8, torch.bool)
SPECIAL = (math.nan, math.inf, -math.inf, 1e30)


def whole(source: torch.Tensor, **options) -> Tile:
    """A tile that shows all of ``source``, one pixel per texel unless ``options`` say otherwise."""
    height, width = source.shape[:2]
    return Tile(**{"source": source, "crop": (0.0, 0.0, width, height), "width": width, "height": height, **options})


def picture(compositor, source: torch.Tensor, **options) -> np.ndarray:
    """The picture that ``compositor`` makes of `whole`, as a copy."""
    return compositor.compose([whole(source, **options)]).pixels(0).copy()


def texels(shape: tuple[int, ...], dtype: torch.dtype, seed: int, special: list[tuple[int, float]]) -> torch.Tensor:
    """Values slightly beyond 0..1. Floating-point tensors also get the ``special`` values."""
    values = np.random.default_rng(seed).uniform(-0.3, 1.3, shape)
    if dtype == torch.uint8:
        return torch.from_numpy((values.clip(0, 1) * 255).astype(np.uint8))
    if dtype == torch.bool:
        return torch.from_numpy(values > 0.5)
    for index, value in special:
        values.reshape(-1)[index % values.size] = value
    return torch.from_numpy(values).to(dtype)


@st.composite
def sources(draw, allocate=None) -> torch.Tensor:
    """Tensors of every accepted kind, contiguous or not. ``allocate`` makes shared ones."""
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 70))
    tail = draw(st.sampled_from([(), (1,), (3,), (4,)]))
    special = draw(st.lists(st.tuples(st.integers(0, 1 << 20), st.sampled_from(SPECIAL)), max_size=3))
    tensor = texels((height, width, *tail), draw(st.sampled_from(DTYPES)), draw(st.integers(0, 1 << 30)), special)
    if allocate is not None and tensor.dtype == torch.float32 and draw(st.booleans()):
        shared = allocate(height, width)
        tensor = shared[..., 0].copy_(tensor) if not tail else shared[..., : tail[0]].copy_(tensor)
    return _form(draw, tensor)


def _form(draw, tensor: torch.Tensor) -> torch.Tensor:
    """``tensor`` or a view of it."""
    height, width = tensor.shape[:2]
    form = draw(st.sampled_from(["as it is", "transposed", "stepped", "from the middle", "expanded"]))
    if form == "transposed":
        return tensor.transpose(0, 1)
    if form == "stepped":
        return tensor[:: draw(st.integers(1, 3)), :: draw(st.integers(1, 3))]
    if form == "from the middle":
        return tensor[height // 2 :, width // 3 :]
    return tensor[:1].expand(height, *tensor.shape[1:]) if form == "expanded" else tensor


@st.composite
def tiles(draw, allocate=None, source: st.SearchStrategy[torch.Tensor] | None = None) -> Tile:
    """Tiles of every kind, minified and magnified."""
    tensor = draw(sources(allocate) if source is None else source)
    height, width = tensor.shape[:2]
    views, looks = draw(_views(height, width)), draw(_looks())
    if looks["gain"] == 1e39 and views["filter"] != "nearest":  # amplifies the last bit of a mean, whose sign is chance
        looks["gain"] = 1.0
    return Tile(tensor, **views, **looks)


@st.composite
def _views(draw, height: int, width: int) -> dict[str, object]:
    """A part of ``height`` x ``width`` texels, or all, at any size."""
    crop, size = (0.0, 0.0, float(width), float(height)), (width, height)
    if draw(st.booleans()):
        left, right = sorted(draw(_edges(width)))
        top, bottom = sorted(draw(_edges(height)))
        crop, size = (left, top, right, bottom), (math.ceil(right - left), math.ceil(bottom - top))
    if draw(st.booleans()):
        size = draw(st.tuples(st.integers(1, 50), st.integers(1, 50)))
    return {
        "crop": crop,
        "width": size[0],
        "height": size[1],
        "filter": draw(st.sampled_from(["nearest", "linear", "area"])),
    }


def _looks() -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries(
        {
            "transfer": st.sampled_from(["display", "linear"]),
            "gain": st.sampled_from([1.0, 1.0, 0.0, -1.5, 4.0, 1e39]),
            "offset": st.sampled_from([0.0, 0.0, 0.25, -1.0]),
            "colormap": st.sampled_from([None, None, "viridis", "tab10"]),
            "channels": st.sampled_from(["auto", "auto", "r", "g", "b", "a"]),
        }
    )


@st.composite
def batches(draw, allocate=None, dtypes=DTYPES) -> tuple[torch.Tensor, str]:
    """Tensors of every layout and accepted kind, contiguous or not, and their layout."""
    layout = draw(st.sampled_from(["HWC", "CHW", "NHW", "NHWC", "NCHW"]))
    sizes = {"N": st.integers(1, 9), "C": st.sampled_from([1, 3, 4]), "H": st.integers(1, 12), "W": st.integers(1, 15)}
    shape = tuple(draw(sizes[axis]) for axis in layout)
    special = draw(st.lists(st.tuples(st.integers(0, 1 << 20), st.sampled_from(SPECIAL)), max_size=2))
    tensor = texels(shape, draw(st.sampled_from(dtypes)), draw(st.integers(0, 1 << 30)), special)
    form = draw(st.sampled_from(["as it is", "channels last", "stepped", "every second", "shared"]))
    if form == "channels last" and tensor.dim() == 4:
        return tensor.to(memory_format=torch.channels_last), layout
    if form == "stepped":
        return tensor[..., :: draw(st.integers(1, 3)), :], layout
    if form == "every second" and "N" in layout:
        return tensor[::2], layout
    if form == "shared" and allocate is not None and tensor.dtype == torch.float32 and layout == "NHWC":
        count, height, width, channels = shape
        shared = allocate(count * height, width).unflatten(0, (count, height))[..., :channels]
        return shared.copy_(tensor), layout
    return tensor, layout


@st.composite
def grid_tiles(draw, allocate=None) -> Tile:
    """Tiles of batches, as `plan_tile` makes them but with any crop, size, filter, step and look. Some are labels."""
    tensor, layout = draw(batches(allocate))
    statistics = (draw(st.floats(-0.5, 0.5)), draw(st.floats(0.25, 2)))
    arranged = arrangement(
        layout,
        draw(st.sampled_from(["auto", 1, 2, 5])),
        draw(st.integers(0, 3)),
        draw(st.sampled_from([None, None, "minmax", statistics])),
        scale_each=draw(st.booleans()),
    )
    pictures, grid = arranged.pictures(tensor), arranged.grid(tensor)
    tile = Tile(pictures, (0, 0, 1, 1), 1, 1, grid=grid, steps=draw(st.tuples(st.integers(1, 3), st.integers(1, 3))))
    if not all(map(len, tile.positions)):
        tile = tile._replace(steps=(1, 1))
    height, width = map(len, tile.positions)
    looks = draw(_looks())
    if looks["gain"] == 1e39:  # amplifies the last bit of a quotient
        looks["gain"] = 1.0
    tile = tile._replace(scaling=scaling(pictures, arranged), **draw(_views(height, width)), **looks)
    if tensor.dtype == torch.uint8 and pictures.shape[3] == 1 and draw(st.booleans()):
        return tile._replace(scaling=None, palette=draw(palettes()))
    return tile


LABEL_DTYPES = (torch.int64, torch.int32, torch.int16, torch.uint8, torch.bool)


@st.composite
def palettes(draw) -> Palette:
    """Palettes of few and of many labels, some of them hidden."""
    color = st.one_of(st.none(), st.tuples(*[st.integers(0, 255)] * 3))
    return Palette(
        colors=tuple(draw(st.lists(color, min_size=1, max_size=12))),
        ignored=tuple(draw(st.lists(st.sampled_from([255, -1, -100, 0, 3, 70000]), max_size=4))),
        repeats=draw(st.booleans()),
    )


@st.composite
def label_maps(draw) -> torch.Tensor:
    """Integers of every accepted kind, contiguous or not: mostly labels, a few ignored values, and a few of neither."""
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 70))
    dtype = draw(st.sampled_from(LABEL_DTYPES))
    values = np.random.default_rng(draw(st.integers(0, 1 << 30))).integers(0, draw(st.integers(1, 13)), (height, width))
    for index, value in draw(st.lists(st.tuples(st.integers(0, 1 << 20), st.sampled_from(ODD_LABELS)), max_size=4)):
        values.reshape(-1)[index % values.size] = value
    return _form(draw, torch.from_numpy(values).to(dtype).reshape(height, width, *draw(st.sampled_from([(), (1,)]))))


ODD_LABELS = (255, -1, -100, 12, 300, 70000, (1 << 31) - 1, -(1 << 31), 1 << 31, (1 << 32) + 1, -(1 << 62))


@st.composite
def label_tiles(draw) -> Tile:
    """Tiles of label maps of every kind, minified and magnified."""
    return draw(tiles(source=label_maps()))._replace(palette=draw(palettes()))


@st.composite
def second_tiles(draw) -> Tile:
    """Tiles of every kind with an overlay, or showing a difference; single pictures and grids."""
    tile = draw(st.one_of(tiles(), label_tiles(), grid_tiles()))
    source = tile.source
    size = tuple(source.shape[:2] if tile.grid is None else source.shape[:3])
    rng = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    if tile.palette is not None or draw(st.booleans()):
        labels = torch.from_numpy(rng.integers(-1, 8, (*size, 1))).to(draw(st.sampled_from(LABEL_DTYPES)))
        return tile._replace(second=Second(_stepped(draw, labels), "over", draw(palettes()), draw(st.floats(0, 1))))
    channels = source.shape[len(size)] if source.dim() > len(size) else 1
    special = draw(st.lists(st.tuples(st.integers(0, 1 << 20), st.sampled_from(SPECIAL)), max_size=2))
    other = texels((*size, channels), draw(st.sampled_from(DTYPES)), draw(st.integers(0, 1 << 30)), special)
    return tile._replace(second=Second(_stepped(draw, other), draw(st.sampled_from(DIFFERENCES))))


def _stepped(draw, tensor: torch.Tensor) -> torch.Tensor:
    """``tensor``, perhaps with other strides."""
    if draw(st.booleans()):
        return tensor.transpose(0, 1).contiguous().transpose(0, 1)
    return torch.stack([tensor, tensor], -1)[..., 1] if draw(st.booleans()) else tensor


def _edges(length: int) -> st.SearchStrategy[list[float]]:
    """Two different positions from 0 to ``length``."""
    position = st.one_of(st.integers(0, length).map(float), st.floats(0, length))
    return st.lists(position, min_size=2, max_size=2).filter(lambda pair: abs(pair[0] - pair[1]) > 1e-3)
