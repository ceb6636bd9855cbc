"""Small plain tiles are rounded beside the training's own work; a compositor is asked for all others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from .compositor import Composite, Compositor, HostPictures
from .plain import is_plain, plain_picture
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
