"""The compositor in torch: the specification in code, the oracle of the tests, and the fallback without Vulkan.

It reads, filters, and then does what `color` describes, on the tensor's device.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from ..annotations.palette import Palette
from .color import grade, labels_painted, quantise
from .compositor import CompositorError, HostPictures
from .filter_spans import Spans, tile_spans
from .plan import Tile
from .rounding import is_plain, plain_picture

_BAND = 1 << 20
"""Source elements processed at once. The band fits into caches, and an 8192x8192 tensor needs no multiple of its own
size. On two cores, a 2048x2048 tensor takes 1.6 times as long in one piece."""


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
        return composite(tile).cpu().numpy()
    except RuntimeError as error:
        if tile.source.device.type == "cpu":
            raise CompositorError(str(error)) from error
    try:
        source = tile.source.cpu()
    except RuntimeError as error:
        raise CompositorError(str(error)) from error
    return _picture(replace(tile, source=source))


def composite(tile: Tile) -> torch.Tensor:
    """The picture of ``tile``: (height, width, 4) uint8, on its source's device."""
    if is_plain(tile) and (plain := plain_picture(tile)) is not None:
        return plain
    source = tile.source if tile.source.dim() == 3 else tile.source.unsqueeze(-1)
    picture = torch.empty((tile.height, tile.width, 4), dtype=torch.uint8, device=source.device)
    rows, columns = tile_spans(tile)
    step = max(1, _BAND * tile.height // source.numel())
    for top in range(0, tile.height, step):
        band = slice(top, top + step)
        chosen = Spans(rows.first[band], rows.last[band], rows.head[band], rows.tail[band], rows.inner)
        quantise(grade(_filtered(source, tile.palette, chosen, columns), tile, top), picture[band])
    return picture


def _filtered(source: torch.Tensor, palette: Palette | None, rows: Spans, columns: Spans) -> torch.Tensor:
    """(h, w, C) float32: the texels that ``rows`` need, converted to values and filtered along both axes."""
    top = int(rows.first.min())
    texels = _values(source[top : int(rows.last.max()) + 1], palette)
    return _along(_along(texels, rows._replace(first=rows.first - top, last=rows.last - top), 0), columns, 1)


def _values(texels: torch.Tensor, palette: Palette | None) -> torch.Tensor:
    """(h, w, C) float32 of (h, w, C) ``texels``; by ``palette`` if they are labels."""
    if palette is not None:
        return labels_painted(texels[..., 0], palette)
    values = texels.to(torch.float32)
    return values / 255 if texels.dtype == torch.uint8 else values


def _along(values: torch.Tensor, spans: Spans, axis: int) -> torch.Tensor:
    """Filters ``values`` along ``axis``, adding one texel of every span at a time. Texels with weight 0 are ignored."""
    identity = np.arange(values.shape[axis])
    if np.array_equal(spans.first, identity) and np.array_equal(spans.last, identity):
        return values
    total = _taken(values, spans.first, spans.head, axis)
    for tap in range(1, int((spans.last - spans.first).max(initial=0)) + 1):
        index = spans.first + tap
        weight = np.where(index < spans.last, np.float32(spans.inner), np.where(index == spans.last, spans.tail, 0))
        total += _taken(values, np.minimum(index, spans.last), weight.astype(np.float32), axis)
    return total


def _taken(values: torch.Tensor, index: np.ndarray, weight: np.ndarray, axis: int) -> torch.Tensor:
    """Texels ``index`` of ``axis`` times ``weight``, as a new tensor. Here 0 times NaN or infinity is 0."""
    chosen = values.index_select(axis, torch.from_numpy(index).to(values.device))
    if (weight == 1).all():
        return chosen
    shape = [1] * values.dim()
    shape[axis] = -1
    share = torch.from_numpy(weight).to(values.device).reshape(shape)
    chosen *= share
    return chosen if (weight > 0).all() else chosen.masked_fill_(share == 0, 0)
