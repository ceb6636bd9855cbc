"""Averages on the calling thread what a software Vulkan would average more slowly."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from .compositor import Composite, Compositor, CompositorError, RelievedByTile
from .plan import Tile
from .torch_compositor import TorchCompositor


class HostAverages(RelievedByTile):
    """Makes tiles in host memory that average with torch, and leaves all others to ``compositor``.

    A software driver runs the shader once per pixel, and reads the texels of a pixel one by one. torch adds whole rows
    of texels, with the processor's vector instructions. By the processor's time, 512 x 512 to 341 x 341 takes 5 ms
    instead of 32, and 1024 x 1024 to 600 x 600 18 instead of 108 (AMD EPYC, lavapipe of Mesa 22.3, 2026-11-30). But a
    software driver uses all cores. With many, that takes less of the training's time, so this is for few.
    """

    def __init__(self, compositor: Compositor) -> None:
        super().__init__(compositor, "pictures that are reduced are averaged by torch")
        self._torch = TorchCompositor(torch.device("cpu"))

    def compose(self, tiles: Sequence[Tile]) -> Composite:
        """See `Compositor.compose`."""
        try:
            return super().compose(tiles)
        except CompositorError:  # the host's memory is full; the device needs less of it
            return self._compositor.compose(tiles)

    def takes(self, tile: Tile) -> bool:
        """Whether a pixel of ``tile`` is the mean of several texels."""
        return tile.filter == "area"

    def made(self, tiles: Sequence[Tile]) -> Composite:
        """See `RelievedByTile.made`."""
        return self._torch.compose(tiles)
