"""Small plain tiles are rounded beside the training's own work; a compositor is asked for all others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from .compositor import Composite, Compositor, HostPictures
from .plan import Tile

DIRECT_PIXELS = 1 << 18
"""Pixels of a frame up to which handing it over takes longer than rounding it.

Waking the threads of a software Vulkan takes longer than what they then do: of 256x256 float32 RGBA, in a kernel that
trains beside a browser on two cores, lavapipe has the tick wait 0.8 ms, and 1.7 ms where frames are rare; rounding
takes 0.2 ms. At 512x512 both take about 1 ms, and above that the more threads win."""

Rounded = Callable[[Sequence[Tile]], "Composite | None"]
"""Makes plain tiles, or gives None where they turn out to need more."""


class DirectCompositor:
    """``compositor``, relieved of frames of plain tiles of at most ``pixels`` in all by ``rounded``. ``by`` says who
    that is.
    """

    def __init__(self, compositor: Compositor, rounded: Rounded, *, by: str, pixels: int) -> None:
        self._compositor = compositor
        self._pixels = pixels
        self._rounded = rounded
        self.name = compositor.name
        self.detail = f"{compositor.detail}; pictures that need no filter are rounded by {by}"

    @property
    def jpeg_library(self) -> str:
        """See `Compositor.jpeg_library`."""
        return self._compositor.jpeg_library

    def compose(self, tiles: Sequence[Tile]) -> Composite:
        """See `Compositor.compose`. One tile that needs more has all of them handed over."""
        small = sum(tile.width * tile.height for tile in tiles) <= self._pixels
        composite = self._rounded(tiles) if small and all(map(is_plain, tiles)) else None
        return self._compositor.compose(tiles) if composite is None else composite

    def allocate(self, height: int, width: int) -> torch.Tensor | None:
        """See `Compositor.allocate`."""
        return self._compositor.allocate(height, width)

    def close(self) -> None:
        """See `Compositor.close`."""
        self._compositor.close()


def relieved_by_host(compositor: Compositor) -> DirectCompositor:
    """For tensors of host memory: the calling thread rounds."""
    return DirectCompositor(compositor, _rounded_here, by="the CPU", pixels=DIRECT_PIXELS)


def _rounded_here(tiles: Sequence[Tile]) -> HostPictures | None:
    with torch.no_grad():
        pictures = [plain_picture(tile) for tile in tiles]
    there = [picture.numpy() for picture in pictures if picture is not None]
    return HostPictures(there) if len(there) == len(tiles) else None


def is_plain(tile: Tile) -> bool:
    """Whether ``tile`` is plain, as far as its sizes and settings tell."""
    height, width = tile.source.shape[:2]
    whole = (tile.height, tile.width) == (height, width) and tile.crop == (0, 0, width, height)
    colored = tile.source.dim() == 3 and tile.source.shape[2] > 1 and tile.source.dtype == torch.float32
    real = colored and not tile.source.is_neg()  # else memory has the numbers with the other sign
    return whole and real and (tile.channels, tile.transfer, tile.gain, tile.offset) == ("auto", "display", 1, 0)


def plain_picture(tile: Tile) -> torch.Tensor | None:
    """The picture of a plain tile, (height, width, 4) uint8 on its device; None where there is more to do after all:

    some of it is transparent, or NaN.
    """
    values = tile.source.clamp(0, 1)
    transparent = values.shape[2] == 4 and bool((values[..., 3] != 1).any())
    if transparent or bool(values.sum().isnan()):
        return None
    levels = _truncated(values.mul_(255).add_(0.5))
    if levels.shape[2] == 4:
        return levels
    picture = torch.empty((tile.height, tile.width, 4), dtype=torch.uint8, device=levels.device)
    picture[..., :3] = levels
    picture[..., 3] = 255
    return picture


def _truncated(values: torch.Tensor) -> torch.Tensor:
    """``values`` as contiguous uint8; by NumPy where they lie on the host, five times as fast as torch 2.13 there."""
    if values.device.type == "cpu":
        return torch.from_numpy(values.contiguous().numpy().astype("uint8"))
    return values.contiguous().to(torch.uint8)
