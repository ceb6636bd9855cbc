"""The compositor in torch: the specification in code, and what is used where there is no Vulkan.

Order of the operations: read, filter, channel choice, gain and offset, colormap, transfer, alpha over a checkerboard,
rounding to 8 bits. NaN stays NaN through all of it and is painted magenta.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch

from .compositor import CompositorError
from .plan import Tile
from .resample import apply, taps

CHECKER = 8
"""Side of a square of the checkerboard, in pixels of the picture."""
CHECKER_GRAYS = (0.60, 0.40)
"""Values of its squares, that of the top left corner first."""
_MAGENTA = (1.0, 0.0, 1.0)


class _Pictures:
    """A composite that is there already."""

    ready = True

    def __init__(self, pictures: list[np.ndarray]) -> None:
        self._pictures = pictures

    def pixels(self, index: int) -> np.ndarray:
        return self._pictures[index]


class TorchCompositor:
    """Composites with torch on the device of the tensors."""

    def __init__(self, device: torch.device) -> None:
        self.name = f"torch · {device.type}"
        self.detail = f"torch {torch.__version__} on {device}, one copy"

    def compose(self, tiles: Sequence[Tile]) -> _Pictures:
        """See `Compositor.compose`."""
        try:
            with torch.no_grad():
                return _Pictures([composite(tile).cpu().numpy() for tile in tiles])
        except torch.OutOfMemoryError as error:
            raise CompositorError(str(error)) from error

    def allocate(self, height: int, width: int) -> torch.Tensor | None:
        """None: torch shares its memory with nobody."""
        return None

    def close(self) -> None:
        """Nothing to return."""


def composite(tile: Tile) -> torch.Tensor:
    """The picture of ``tile``: (height, width, 4) uint8, on the device of its source."""
    if (picture := _as_it_is(tile)) is not None:
        return picture
    color = _choose(_resample(_values(tile.source), tile), tile)
    if tile.transfer == "linear":
        color = torch.cat([_srgb(color[..., :3]), color[..., 3:]], dim=-1)
    return _quantise(_over_checkerboard(color))


def _as_it_is(tile: Tile) -> torch.Tensor | None:
    """The picture of a tile that asks for nothing but rounding, None for others: ten times as fast, and the usual case."""
    source = tile.source
    plain = tile.channels == "auto" and tile.transfer == "display" and (tile.gain, tile.offset) == (1, 0)
    if not plain or not _is_whole(tile) or source.dim() < 3 or source.shape[2] < 3 or source.dtype != torch.float32:
        return None
    if bool(source.sum().isnan()) or (source.shape[2] == 4 and bool((source[..., 3] != 1).any())):
        return None
    picture = torch.empty((*source.shape[:2], 4), dtype=torch.uint8, device=source.device)
    picture[..., 3] = 255
    picture[..., :3] = source[..., :3].clamp(0, 1).mul_(255).add_(0.5)
    return picture


def _is_whole(tile: Tile) -> bool:
    """Whether every pixel is one texel, so that no filter has anything to do."""
    height, width = tile.source.shape[:2]
    return (tile.height, tile.width) == (height, width) and tile.crop == (0, 0, width, height)


def _values(source: torch.Tensor) -> torch.Tensor:
    """(H, W, C) float32, uint8 as 0..1."""
    texels = source if source.dim() == 3 else source.unsqueeze(-1)
    values = texels.to(torch.float32)
    return values / 255 if source.dtype == torch.uint8 else values


def _resample(texels: torch.Tensor, tile: Tile) -> torch.Tensor:
    height, width = texels.shape[:2]
    if _is_whole(tile):
        return texels
    left, top, right, bottom = tile.crop
    rows = taps(tile.filter, top, bottom, tile.height, height, texels.device)
    columns = taps(tile.filter, left, right, tile.width, width, texels.device)
    return apply(apply(texels, rows, 0), columns, 1)


def _choose(pixels: torch.Tensor, tile: Tile) -> torch.Tensor:
    """(h, w, C) filtered values to (h, w, 4) colour, graded; alpha is 1 where there is none to show."""
    count = pixels.shape[-1]
    if tile.channels == "auto" and count > 1:
        color = pixels[..., :3] * tile.gain + tile.offset
        alpha = pixels[..., 3:] if count == 4 else torch.ones_like(pixels[..., :1])
        return torch.cat([color, alpha], dim=-1)
    single = pixels[..., 0] if count == 1 or tile.channels == "auto" else _channel(pixels, "rgba".index(tile.channels))
    single = single * tile.gain + tile.offset
    color = single[..., None].expand(-1, -1, 3) if tile.colormap is None else _map(single, tile.colormap)
    return torch.cat([color, torch.ones_like(color[..., :1])], dim=-1)


def _channel(pixels: torch.Tensor, index: int) -> torch.Tensor:
    """One channel; an alpha that is not there is 1."""
    return pixels[..., index] if index < pixels.shape[-1] else torch.ones_like(pixels[..., 0])


def _map(values: torch.Tensor, name: str) -> torch.Tensor:
    """The colours of ``values`` (h, w): the nearest of 256 entries. NaN stays NaN."""
    table = torch.from_numpy(colormap_table(name)).to(values.device)
    index = (values.nan_to_num(0.0).clamp(0, 1) * 255 + 0.5).floor().long()
    return torch.where(values.isnan()[..., None], torch.nan, table[index])


@cache
def colormap_table(name: str) -> np.ndarray:
    """(256, 3) float32 in 0..1 of the `cmap` colormap ``name``. Raises ValueError for a name that it does not know."""
    import cmap  # noqa: PLC0415 (most views need none)

    try:
        return np.asarray(cmap.Colormap(name).lut(256)[:, :3], dtype=np.float32)
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{name!r} is not a colormap that cmap knows: {error}") from error


def _srgb(values: torch.Tensor) -> torch.Tensor:
    """The opto-electronic transfer function of IEC 61966-2-1."""
    values = values.clamp(0, 1)
    return torch.where(values <= 0.0031308, values * 12.92, 1.055 * values.clamp(min=1e-8) ** (1 / 2.4) - 0.055)


def _over_checkerboard(color: torch.Tensor) -> torch.Tensor:
    """(h, w, 4) to (h, w, 3) in 0..1."""
    alpha = color[..., 3:].clamp(0, 1)
    if bool((alpha == 1).all()):
        return color[..., :3].clamp(0, 1)
    height, width = color.shape[:2]
    rows = torch.arange(height, device=color.device)[:, None] // CHECKER
    columns = torch.arange(width, device=color.device)[None, :] // CHECKER
    odd = ((rows + columns) % 2).to(torch.float32)[..., None]
    board = CHECKER_GRAYS[0] + (CHECKER_GRAYS[1] - CHECKER_GRAYS[0]) * odd
    return color[..., :3].clamp(0, 1) * alpha + board * (1 - alpha)


def _quantise(color: torch.Tensor) -> torch.Tensor:
    """(h, w, 3) to (h, w, 4) uint8, NaN magenta."""
    height, width = color.shape[:2]
    magenta = torch.tensor(_MAGENTA, device=color.device)
    color = torch.where(color.isnan().any(dim=-1, keepdim=True), magenta, color)
    picture = torch.full((height, width, 4), 255, dtype=torch.uint8, device=color.device)
    picture[..., :3] = (color * 255 + 0.5).floor()
    return picture
