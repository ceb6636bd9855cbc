"""Tiles for tests: shortcuts for making one, and a hypothesis strategy for all kinds."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from hypothesis import strategies as st

from vultorch_widget.annotations.palette import Palette
from vultorch_widget.render.plan import Tile

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
    source = draw(sources(allocate) if source is None else source)
    height, width = source.shape[:2]
    crop, size = (0.0, 0.0, float(width), float(height)), (width, height)
    if draw(st.booleans()):
        left, right = sorted(draw(_edges(width)))
        top, bottom = sorted(draw(_edges(height)))
        crop, size = (left, top, right, bottom), (math.ceil(right - left), math.ceil(bottom - top))
    if draw(st.booleans()):
        size = draw(st.tuples(st.integers(1, 50), st.integers(1, 50)))
    return Tile(
        source=source,
        crop=crop,
        width=size[0],
        height=size[1],
        filter=draw(st.sampled_from(["nearest", "linear", "area"])),
        transfer=draw(st.sampled_from(["display", "linear"])),
        gain=draw(st.sampled_from([1.0, 1.0, 0.0, -1.5, 4.0, 1e39])),
        offset=draw(st.sampled_from([0.0, 0.0, 0.25, -1.0])),
        colormap=draw(st.sampled_from([None, None, "viridis", "tab10"])),
        channels=draw(st.sampled_from(["auto", "auto", "r", "g", "b", "a"])),
    )


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
    return replace(draw(tiles(source=label_maps())), palette=draw(palettes()))


def _edges(length: int) -> st.SearchStrategy[list[float]]:
    """Two different positions from 0 to ``length``."""
    position = st.one_of(st.integers(0, length).map(float), st.floats(0, length))
    return st.lists(position, min_size=2, max_size=2).filter(lambda pair: abs(pair[0] - pair[1]) > 1e-3)
