"""The compositor in torch: the specification in code, the oracle of the tests, and the fallback without Vulkan.

It reads, filters, and then does what `color` describes, on the tensor's device.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from ..annotations.palette import Palette
from ..basics.threads import threads_for
from ..pictures.arrangement import GAP_GRAY
from ..pictures.tensors import channel_count
from .color import grade, labels_painted, quantise
from .compositor import CompositorError, HostPictures
from .filter_spans import Spans, tile_spans
from .plan import Tile
from .rounding import is_plain, plain_picture
from .scaling import COLORS
from .second import difference
from .sheet import sheet_axes, sheet_texels

_BAND = 1 << 20
"""Source elements processed at once. The band fits into caches, and an 8192x8192 tensor does not need a multiple of its
own size. On two cores, a 2048x2048 tensor takes 1.6 times as long in one piece."""


class TorchCompositor:
    """Composites with torch on the device of the tensors."""

    jpeg_library = ""

    def __init__(self, device: torch.device) -> None:
        self.name = f"torch · {device}"
        self.detail = f"torch {torch.__version__} on {device}, tensors are copied"

    def compose(self, tiles: Sequence[Tile]) -> HostPictures:
        """See `Compositor.compose`."""
        with torch.no_grad():
            return HostPictures([_picture(tile) for tile in tiles])

    def allocate(self, height: int, width: int) -> torch.Tensor | None:  # noqa: ARG002 (the protocol's)
        """Returns None: torch cannot share its memory."""
        return None

    def close(self) -> None:
        """Does nothing: there is nothing to free."""


def _picture(tile: Tile) -> np.ndarray:
    """Composites on the source's device, or on the host if that fails: a training may have taken all of its memory."""
    try:
        with threads_for(tile.source.nbytes):
            return composite(tile).cpu().numpy()
    except RuntimeError as error:
        if tile.source.device.type == "cpu":
            raise CompositorError(str(error)) from error
    try:
        source = tile.source.cpu()
        scaling = None if tile.scaling is None else tile.scaling.cpu()
        second = None if tile.second is None else tile.second._replace(source=tile.second.source.cpu())
    except RuntimeError as error:
        raise CompositorError(str(error)) from error
    return _picture(tile._replace(source=source, scaling=scaling, second=second))


def composite(tile: Tile) -> torch.Tensor:
    """The picture of ``tile``: (height, width, 4) uint8, on its source's device."""
    if is_plain(tile) and (plain := plain_picture(tile)) is not None:
        return plain
    picture = torch.empty((tile.height, tile.width, 4), dtype=torch.uint8, device=tile.source.device)
    rows, columns = tile_spans(tile)
    read = _read_single(tile) if tile.grid is None else _read_sheet(tile)
    down, across = tile.positions
    step = max(1, _BAND * tile.height // (len(down) * len(across) * channel_count(tile.source)))
    for top in range(0, tile.height, step):
        band = slice(top, top + step)
        first = int(rows.first[band].min())
        texels, there = read(slice(first, int(rows.last[band].max()) + 1))
        chosen = Spans(rows.first[band] - first, rows.last[band] - first, rows.head[band], rows.tail[band], rows.inner)
        values = _filtered(texels, chosen, columns)
        if there is None:
            quantise(_graded(values, tile, top), picture[band])
        else:
            cover = _filtered(there, chosen, columns)
            colors = _graded(torch.where(cover > 0, values / cover, 0), tile, top)
            quantise(_between(colors, cover), picture[band])
    return picture


def _graded(values: torch.Tensor, tile: Tile, top: int) -> torch.Tensor:
    """(h, w, 3) colours of filtered values. If there is an overlay, its four channels come last in the values."""
    second = tile.second
    if second is None:
        return grade(values, tile, top)
    if second.mode == "over":
        over = values[..., -4:]
        return grade(values[..., :-4], tile, top) * (1 - over[..., 3:] * second.alpha) + over[..., :3] * second.alpha
    if tile.colormap is not None and tile.channels == "auto":
        values = values.mean(-1, keepdim=True)
    return grade(values, tile, top)


def _between(colors: torch.Tensor, cover: torch.Tensor) -> torch.Tensor:
    """(h, w, 3) ``colors`` over the grey of gaps; ``cover``, (h, w, 1), is the share of each pixel inside pictures."""
    return torch.where(cover == 0, GAP_GRAY, torch.lerp(torch.full_like(colors, GAP_GRAY), colors, cover))


_Reader = Callable[[slice], tuple[torch.Tensor, torch.Tensor | None]]
"""Reads some rows of a tile: (h, w, C) float32 values, and (h, w, 1) float32, which is 1 in pictures and 0 in gaps, or
None if there are no gaps."""


def _read_single(tile: Tile) -> _Reader:
    source = tile.source if tile.source.dim() == 3 else tile.source.unsqueeze(-1)
    if (second := tile.second) is None:
        return lambda band: (_values(source[band], tile.palette), None)
    return lambda band: (_together(_values(source[band], tile.palette), second.source[band], tile), None)


def _read_sheet(tile: Tile) -> _Reader:
    rows, columns = sheet_axes(tile)

    def read(band: slice) -> tuple[torch.Tensor, torch.Tensor]:
        texels, picture, inside = sheet_texels(tile.source, rows.part(band), columns)
        values = _values(texels, tile.palette)
        if tile.scaling is not None:
            shift, scale = tile.scaling[picture, :, : values.shape[2]].unbind(2)
            values = (values - shift) * scale
        if tile.second is not None:
            others, _, _ = sheet_texels(tile.second.source, rows.part(band), columns)
            values = _together(values, others, tile)
        return values.masked_fill(~inside[..., None], 0), inside[..., None].to(torch.float32)

    return read


def _together(values: torch.Tensor, texels: torch.Tensor, tile: Tile) -> torch.Tensor:
    """``values`` combined with the ``texels`` of the second source: an overlay's are appended, otherwise the difference
    is taken.
    """
    second = tile.second
    assert second is not None
    if second.mode == "over":
        return torch.cat([values, _values(texels, second.palette)], -1)
    count = COLORS if tile.channels == "auto" else values.shape[-1]
    return difference(values[..., :count], _values(texels, None)[..., :count], second.mode)


def _filtered(texels: torch.Tensor, rows: Spans, columns: Spans) -> torch.Tensor:
    """(h, w, C) ``texels`` filtered along both axes."""
    return _along(_along(texels, rows, 0), columns, 1)


def _values(texels: torch.Tensor, palette: Palette | None) -> torch.Tensor:
    """(h, w, C) ``texels`` as float32; labels become the colours of ``palette``."""
    if palette is not None:
        return labels_painted(texels[..., 0], palette)
    values = texels.to(torch.float32)
    return values / 255 if texels.dtype == torch.uint8 else values


def _along(values: torch.Tensor, spans: Spans, axis: int) -> torch.Tensor:
    """Filters ``values`` along ``axis``, adding one texel of every span at a time. Texels with weight 0 are ignored."""
    identity = np.arange(values.shape[axis])
    if np.array_equal(spans.first, identity) and np.array_equal(spans.last, identity):
        return values
    sound = values.device.type == "cpu" and bool(values.sum().isfinite())  # nothing times 0 is not 0
    total = _taken(values, spans.first, spans.head, axis, sound=sound)
    for tap in range(1, int((spans.last - spans.first).max(initial=0)) + 1):
        index = spans.first + tap
        weight = np.where(index < spans.last, np.float32(spans.inner), np.where(index == spans.last, spans.tail, 0))
        total += _taken(values, np.minimum(index, spans.last), weight.astype(np.float32), axis, sound=sound)
    return total


def _taken(values: torch.Tensor, index: np.ndarray, weight: np.ndarray, axis: int, *, sound: bool) -> torch.Tensor:
    """Texels ``index`` of ``axis`` times ``weight``, as a new tensor. Here 0 times NaN or infinity is 0.

    ``sound`` says that there are neither. Columns are taken number by number, each with its weight: torch takes groups
    of three numbers more than twice as slowly, and repeats a weight for three of them four times as slowly.
    """
    height, width, channels = values.shape
    share = torch.from_numpy(weight).to(values.device)
    if axis == 0:
        chosen = values.index_select(0, torch.from_numpy(index).to(values.device))
        share = share.reshape(-1, 1, 1)
    else:
        flat = (index[:, None] * channels + np.arange(channels)).reshape(-1)
        chosen = values.reshape(height, width * channels).index_select(1, torch.from_numpy(flat).to(values.device))
        chosen = chosen.view(height, len(index), channels)
        share = share[:, None].expand(-1, channels).contiguous()
    if (weight == 1).all():
        return chosen
    chosen *= share
    return chosen if sound or (weight > 0).all() else chosen.masked_fill_(share == 0, 0)
