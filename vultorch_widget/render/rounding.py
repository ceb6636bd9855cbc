"""Rounds small plain tiles directly, alongside the training's work; a compositor makes all others.

A plain tile shows a whole float32 RGB or RGBA tensor at its own size, with default settings.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from ..basics.threads import one_thread
from .compositor import Composite, Compositor, HostPictures, Relieved
from .plan import Tile

DIRECT_PIXELS = 1 << 18
"""Largest frame, in pixels, that takes less time to round than to hand over.

Waking the threads of a software Vulkan takes longer than their work. For 256x256 float32 RGBA, in a kernel that trains
next to a browser on two cores, lavapipe delays the tick by 0.8 ms, or by 1.7 ms if frames are rare; rounding takes 0.2
ms. At 512x512 both take about 1 ms; above that, Vulkan's threads win."""


class HostRounding(Relieved):
    """Rounds plain frames of up to `DIRECT_PIXELS` pixels on the calling thread, and leaves others to ``compositor``.

    If one tile is not plain, the compositor makes all of them: it has to be woken anyway.
    """

    def __init__(self, compositor: Compositor) -> None:
        super().__init__(compositor, "pictures that need no filter are rounded by the CPU")

    def compose(self, tiles: Sequence[Tile]) -> Composite:
        """See `Compositor.compose`."""
        small = sum(tile.width * tile.height for tile in tiles) <= DIRECT_PIXELS
        composite = _rounded(tiles) if small and all(map(is_plain, tiles)) else None
        return self._compositor.compose(tiles) if composite is None else composite


def _rounded(tiles: Sequence[Tile]) -> HostPictures | None:
    with torch.no_grad(), one_thread():
        pictures = [plain_picture(tile) for tile in tiles]
    there = [picture.numpy() for picture in pictures if picture is not None]
    return HostPictures(there) if len(there) == len(tiles) else None


def is_plain(tile: Tile) -> bool:
    """True if ``tile`` is plain as far as its sizes and settings show."""
    colored = tile.source.dim() == 3 and tile.source.shape[2] > 1 and tile.source.dtype == torch.float32
    return colored and is_whole(tile) and not tile.source.is_neg()  # a negated view stores the opposite sign


def is_whole(tile: Tile) -> bool:
    """True if ``tile`` shows a whole tensor at its own size, with default settings."""
    return (
        tile.whole
        and tile.second is None
        and (tile.channels, tile.transfer, tile.gain, tile.offset) == ("auto", "display", 1, 0)
    )


def rounded_in_place(tile: Tile, levels: np.ndarray | None) -> np.ndarray | None:
    """The picture of a plain tile on the host, (height, width, C) uint8, with C as in the source, which is overwritten.
    It reuses the memory of ``levels`` if that fits: the system provides new memory page by page, which takes longer
    than the rounding.

    Returns None and overwrites nothing for other tiles, and if part of the tile is transparent or NaN.
    """
    values = tile.source
    if values.device.type != "cpu" or not is_plain(tile) or not _is_opaque(values):
        return None
    if levels is None or levels.shape != values.shape:
        levels = np.empty(tuple(values.shape), np.uint8)
    np.copyto(levels, values.clamp_(0, 1).mul_(255).add_(0.5).numpy(), casting="unsafe")
    return levels


def plain_picture(tile: Tile) -> torch.Tensor | None:
    """The picture of a plain tile, (height, width, 4) uint8 on its device; None if part of it is transparent or NaN."""
    if not _is_opaque(tile.source):
        return None
    levels = _truncated(tile.source.clamp(0, 1).mul_(255).add_(0.5))
    if levels.shape[2] == 4:
        return levels
    picture = torch.empty((tile.height, tile.width, 4), dtype=torch.uint8, device=levels.device)
    picture[..., :3] = levels
    picture[..., 3] = 255
    return picture


def _is_opaque(values: torch.Tensor) -> bool:
    """Whether nothing in ``values`` (height, width, 3 or 4) is transparent or NaN. Infinities are full or empty."""
    if not bool(values.sum().isfinite()) and bool(values.isnan().any()):  # a sum needs no memory
        return False
    return values.shape[2] != 4 or not bool((values[..., 3] < 1).any())


def _truncated(values: torch.Tensor) -> torch.Tensor:
    """``values`` as contiguous uint8. On the host NumPy converts, five times as fast as torch 2.13."""
    if values.device.type == "cpu":
        return torch.from_numpy(values.contiguous().numpy().astype("uint8"))
    return values.contiguous().to(torch.uint8)
