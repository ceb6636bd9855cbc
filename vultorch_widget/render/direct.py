"""Small plain tiles of the host are rounded on the calling thread; a compositor is asked for all others."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from .compositor import Composite, Compositor, HostPictures
from .plain import is_plain, plain_picture
from .plan import Tile

DIRECT_PIXELS = 1 << 18
"""Pixels up to which the calling thread is quicker than handing the tile over.

Waking the threads of a software Vulkan takes longer than what they then do: of 256x256 float32 RGBA, in a kernel that
trains beside a browser on two cores, lavapipe has the tick wait 0.8 ms, and 1.7 ms where frames are rare; rounding
takes 0.2 ms. At 512x512 both take about 1 ms, and above that the more threads win."""


class DirectCompositor:
    """``compositor``, relieved of the tiles of host memory that only need rounding."""

    def __init__(self, compositor: Compositor) -> None:
        self._compositor = compositor
        self.name = compositor.name
        self.detail = f"{compositor.detail}; small pictures that need no filter are rounded by the CPU"
        self.jpeg_library = compositor.jpeg_library

    def compose(self, tiles: Sequence[Tile]) -> Composite:
        """See `Compositor.compose`. One tile that needs more has all of them handed over."""
        if sum(tile.width * tile.height for tile in tiles) <= DIRECT_PIXELS and all(map(is_plain, tiles)):
            with torch.no_grad():
                pictures = [plain_picture(tile) for tile in tiles]
            there = [picture.numpy() for picture in pictures if picture is not None]
            if len(there) == len(tiles):
                return HostPictures(there)
        return self._compositor.compose(tiles)

    def allocate(self, height: int, width: int) -> torch.Tensor | None:
        """See `Compositor.allocate`."""
        return self._compositor.allocate(height, width)

    def close(self) -> None:
        """See `Compositor.close`."""
        self._compositor.close()
