"""From filtered values to colours, in torch: channel choice, gain, colormap, transfer, checkerboard, rounding.

NaN stays NaN up to `quantise`, which paints it magenta to make it visible.
"""

from __future__ import annotations

import numpy as np
import torch

from ..annotations.palette import Palette
from ..pictures.colormap import colormap_table
from .plan import Tile

CHECKER = 8
"""Side of a checkerboard square behind transparency, in pixels of the picture."""
CHECKER_GRAYS = (0.6, 0.4)
"""Values of the squares, starting with the top left one."""
MAGENTA = (255, 0, 255)
_MOST_LABEL = (1 << 31) - 1
"""The shader's integers have 32 bits."""


def grade(values: torch.Tensor, tile: Tile, top: int) -> torch.Tensor:
    """Maps filtered (h, w, C) float32 values to (h, w, 3) colours in 0..1 or NaN. ``top`` is the first row's number."""
    if tile.palette is not None:
        return values[..., :3] + _checkerboard(values, top) * (1 - values[..., 3:])
    count = values.shape[-1]
    if count == 1 or tile.channels != "auto":
        return _single(values[..., 0] if count == 1 else _channel(values, tile.channels), tile)
    color = _transfer(values[..., :3] * tile.gain + tile.offset, tile)
    return color if count == 3 else _over_checkerboard(color, values[..., 3:].clamp(0, 1), top)


def labels_painted(labels: torch.Tensor, palette: Palette) -> torch.Tensor:
    """Maps (h, w) integers to (h, w, 4) float32: red, green, blue and alpha, multiplied by alpha; NaN for no label."""
    table = torch.from_numpy(palette.table()).to(labels.device)
    count = len(palette.colors)
    values = labels.to(torch.int64)
    index = values.remainder(count) if palette.repeats else values
    known = (values >= 0) & (values <= _MOST_LABEL) & (index < count)
    index = torch.where(known, index, count)
    for ignored in palette.ignored:
        index.masked_fill_(values == ignored, count + 1)
    return table[index]


def quantise(color: torch.Tensor, picture: torch.Tensor) -> None:
    """Writes (h, w, 3) ``color`` into the (h, w, 4) uint8 ``picture``, rounded to the nearest of 256 levels, halves
    up.
    """
    picture[..., 3] = 255
    if color.device.type == "cpu" and bool(color.sum().isfinite()):  # nothing to paint magenta
        rounded, target = color.mul(255).add_(0.5).numpy().astype(np.uint8), picture.numpy()
        for channel in range(3):  # ten times as fast as all at once, whose innermost loop has length 3
            target[..., channel] = rounded[..., channel]
        return
    unknown = color.isnan().any(dim=-1, keepdim=True)
    levels = color.nan_to_num(0.0).mul_(255).add_(0.5).to(torch.uint8)  # conversion truncates
    magenta = torch.tensor(MAGENTA, dtype=torch.uint8, device=color.device)
    torch.where(unknown, magenta, levels, out=levels)
    picture[..., :3] = levels


def _channel(values: torch.Tensor, name: str) -> torch.Tensor:
    """One channel (h, w). A missing alpha is 1."""
    index = "rgba".index(name)
    return values[..., index] if index < values.shape[-1] else torch.ones_like(values[..., 0])


def _single(values: torch.Tensor, tile: Tile) -> torch.Tensor:
    values = values * tile.gain + tile.offset
    if tile.colormap is not None:
        return _mapped(values.clamp(0, 1), tile.colormap)
    return _transfer(values[..., None], tile).expand(-1, -1, 3)


def _mapped(values: torch.Tensor, name: str) -> torch.Tensor:
    """(h, w, 3) colours for ``values`` in 0..1, interpolated between the map's 256 entries. They are
    display-referred.
    """
    table = torch.from_numpy(colormap_table(name)).to(values.device)
    entry = values * 255
    lower = entry.nan_to_num(0.0).long().clamp(max=254)
    return torch.lerp(table[lower], table[lower + 1], (entry - lower)[..., None])


def _transfer(color: torch.Tensor, tile: Tile) -> torch.Tensor:
    """Clamps to 0..1, and applies the transfer function of IEC 61966-2-1 (sRGB) to linear light."""
    color = color.clamp(0, 1)
    if tile.transfer == "display":
        return color
    return torch.where(color <= 0.0031308, color * 12.92, 1.055 * color ** (1 / 2.4) - 0.055)


def _over_checkerboard(color: torch.Tensor, alpha: torch.Tensor, top: int) -> torch.Tensor:
    """Blends (h, w, 3) ``color`` over the checkerboard by (h, w, 1) ``alpha``."""
    return torch.lerp(_checkerboard(color, top), color, alpha)


def _checkerboard(picture: torch.Tensor, top: int) -> torch.Tensor:
    """The (h, w, 1) checkerboard behind (h, w, C) ``picture``, whose first row is number ``top``."""
    height, width = picture.shape[:2]
    rows = torch.arange(top, top + height, device=picture.device)[:, None] // CHECKER
    columns = torch.arange(width, device=picture.device)[None, :] // CHECKER
    odd = ((rows + columns) % 2)[..., None].to(torch.float32)
    light, dark = CHECKER_GRAYS
    return light + (dark - light) * odd
