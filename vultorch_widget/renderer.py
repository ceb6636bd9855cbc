"""The compositors of a view: one for each device that its tensors live on, and another in its place when one fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from .render.backends import Preference, open_compositor
from .render.compositor import Compositor, CompositorError
from .render.plan import Tile


class Renderer:
    """Composites tiles on the device of their source.

    ``prefer`` is handed to `open_compositor`. ``notify`` is called once with a sentence for the user whenever a slower
    path than the best is taken.
    """

    def __init__(self, prefer: Preference, notify: Callable[[str], None]) -> None:
        self._prefer = prefer
        self._notify = notify
        self._compositors: dict[torch.device, Compositor] = {}

    def compose(self, tiles: Sequence[Tile]) -> list[np.ndarray]:
        """The pictures of ``tiles``, in order: (height, width, 4) uint8, valid until the next call.

        Where a compositor fails (device lost, out of memory), the reference takes over and the user is told once.
        """
        pictures: dict[int, np.ndarray] = {}
        by_device: dict[torch.device, list[int]] = {}
        for index, tile in enumerate(tiles):
            by_device.setdefault(tile.source.device, []).append(index)
        for device, indices in by_device.items():
            chosen = [tiles[index] for index in indices]
            pictures.update(zip(indices, self._compose_on(device, chosen), strict=True))
        return [pictures[index] for index in range(len(tiles))]

    def _compose_on(self, device: torch.device, tiles: list[Tile]) -> list[np.ndarray]:
        compositor = self._on(device)
        try:
            composite = compositor.compose(tiles)
            return [composite.pixels(index) for index in range(len(tiles))]
        except CompositorError as error:
            if compositor.name.startswith("torch"):
                raise
            compositor.close()
            self._compositors[device], _ = open_compositor(device, "torch")
            self._notify(f"{compositor.name} failed ({error}); compositing with torch from here on.")
            return self._compose_on(device, tiles)

    def allocate(self, height: int, width: int, device: torch.device) -> torch.Tensor | None:
        """A zero-filled (height, width, 4) float32 tensor that the compositor reads in place, None where it cannot."""
        return self._on(device).allocate(height, width)

    def _on(self, device: torch.device) -> Compositor:
        if device not in self._compositors:
            self._compositors[device], reason = open_compositor(device, self._prefer)
            if reason:
                self._notify(reason)
        return self._compositors[device]

    @property
    def name(self) -> str:
        """The compositors in use, such as ``"Vulkan · llvmpipe"``; empty before the first frame."""
        return ", ".join(dict.fromkeys(compositor.name for compositor in self._compositors.values()))

    @property
    def detail(self) -> str:
        """The same with driver and version."""
        return "; ".join(dict.fromkeys(compositor.detail for compositor in self._compositors.values()))

    def close(self) -> None:
        """Returns the memory of every compositor. Tensors that it allocated stay valid."""
        for compositor in self._compositors.values():
            compositor.close()
        self._compositors.clear()
