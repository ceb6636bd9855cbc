"""The compositors of a view, one per device of its tensors, and their replacements after a failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch

from ..basics.storage import check_memory
from .backends import Preference, numbered, open_compositor
from .compositor import Composite, Compositor, CompositorError
from .plan import Tile


class Renderer:
    """Composites each tile on the device of its source.

    ``prefer`` is passed to `open_compositor`. ``notify`` is called with a sentence for the user, once for each time
    that a slower path than the best is taken.
    """

    def __init__(self, prefer: Preference, notify: Callable[[str], None]) -> None:
        self._prefer = prefer
        self._notify = notify
        self._compositors: dict[torch.device, Compositor] = {}
        self._slow_files: set[torch.device] = set()  # of whose problem the user was told
        self.submissions = 0  # so far

    def submit(self, tiles: Sequence[Tile]) -> Rendering:
        """Starts ``tiles``, each on the device of its source."""
        self.submissions += 1
        return Rendering(self, tiles, self.submissions)

    def compose(self, tiles: Sequence[Tile]) -> list[np.ndarray]:
        """The pictures of ``tiles``, in order: (height, width, 4) uint8, valid until the next `submit` or `compose`."""
        rendering = self.submit(tiles)
        return [rendering.pixels(index) for index in range(len(tiles))]

    def start(self, device: torch.device, tiles: Sequence[Tile]) -> Composite:
        """Starts the tiles of one device.

        Planning has just checked that their memory is there. If the compositor fails (device lost, out of memory), the
        reference takes over and the user is notified once.
        """
        compositor = self._on(device)
        try:
            return compositor.compose(tiles)
        except CompositorError as error:
            return self.restart(device, tiles, error)

    def restart(self, device: torch.device, tiles: Sequence[Tile], error: CompositorError) -> Composite:
        """Starts the tiles again, in torch, after ``error``. Raises ``error`` if it came from torch."""
        compositor = self._on(device)
        if compositor.name.startswith("torch"):
            raise error
        _check_memory(tiles)
        compositor.close()
        self._compositors[numbered(device)], _ = open_compositor(device, "torch")
        self._notify(f"{compositor.name} failed ({error}); compositing with torch from here on.")
        return self._on(device).compose(tiles)

    def tell_of_slow_files(self, device: torch.device, problem: str) -> None:
        """Tells the user, once for each device, that the host encodes its large pictures because of ``problem``."""
        if device not in self._slow_files:
            self._slow_files.add(device)
            self._notify(f"nvJPEG failed on {device} ({problem}); the CPU encodes large pictures until it works again.")

    def create_tensor(self, height: int, width: int, channels: int, device: torch.device) -> torch.Tensor:
        """A zero-filled float32 tensor, in the compositor's memory if it has four channels and the device supports
        that.
        """
        if channels == 4 and (shared := self._allocate(height, width, device)) is not None:
            return shared
        shape = (height, width) if channels == 1 else (height, width, channels)
        with torch.inference_mode(False):  # like a shared one, writable outside that mode, too
            return torch.zeros(shape, dtype=torch.float32, device=device)

    def _allocate(self, height: int, width: int, device: torch.device) -> torch.Tensor | None:
        """A zero-filled (height, width, 4) float32 tensor that the compositor reads in place, or None if it cannot.

        The user is notified if the device refuses. The compositor stays in use: the device's memory may just be full.
        """
        try:
            return self._on(device).allocate(height, width)
        except CompositorError as error:
            self._notify(f"A tensor is copied for every frame, not read in place: {error}.")
            return None

    def _on(self, device: torch.device) -> Compositor:
        if (known := self._compositors.get(device)) is not None:
            return known
        device = numbered(device)
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
    def jpeg_library(self) -> str:
        """The JPEG libraries of the devices in use, or empty if the host encodes."""
        return ", ".join(dict.fromkeys(filter(None, (each.jpeg_library for each in self._compositors.values()))))

    @property
    def detail(self) -> str:
        """`name` with driver and version."""
        return "; ".join(dict.fromkeys(compositor.detail for compositor in self._compositors.values()))

    def close(self) -> None:
        """Frees every compositor's memory. Tensors from `create_tensor` stay valid."""
        for compositor in self._compositors.values():
            compositor.close()
        self._compositors.clear()


def _check_memory(tiles: Sequence[Tile]) -> None:
    """Raises `CompositorError` if a source was freed after its tile was planned."""
    try:
        for tile in tiles:
            check_memory(tile.source)
            if tile.second is not None:
                check_memory(tile.second.source)
    except ValueError as problem:
        raise CompositorError(str(problem)) from problem


class Rendering:
    """Pictures in the making, valid until the renderer's next submission. Made by `Renderer.submit`."""

    def __init__(self, renderer: Renderer, tiles: Sequence[Tile], number: int) -> None:
        self._renderer = renderer
        self._number = number
        self._tiles: dict[torch.device, list[Tile]] = {}
        self._places: list[tuple[torch.device, int]] = []
        for tile in tiles:
            device = tile.source.device
            of_device = self._tiles.setdefault(device, [])
            self._places.append((device, len(of_device)))
            of_device.append(tile)
        self._composites = {device: renderer.start(device, chosen) for device, chosen in self._tiles.items()}

    @property
    def stale(self) -> bool:
        """True if the renderer has received another submission since."""
        return self._renderer.submissions != self._number

    @property
    def ready(self) -> bool:
        """True if `pixels` and `jpeg` would return or raise without waiting."""
        try:
            for composite in self._composites.values():  # asked in every tick, where a generator takes twice as long
                if not composite.ready:
                    return False
        except RuntimeError:  # such as a `CompositorError`, or that of a lost GPU
            return True
        return True

    @property
    def held_up(self) -> float:
        """See `Composite.held_up`."""
        return sum(composite.held_up for composite in self._composites.values())

    def prepare(self, qualities: Mapping[int, int]) -> None:
        """Starts encoding the pictures that `jpeg` will be asked for once this is `ready`: index -> quality."""
        of_device: dict[torch.device, dict[int, int]] = {}
        for index, quality in qualities.items():
            device, place = self._places[index]
            of_device.setdefault(device, {})[place] = quality
        for device, asked in of_device.items():
            self._composites[device].prepare(asked)

    def pixels(self, index: int) -> np.ndarray:
        """Picture ``index`` as (height, width, 4) uint8."""
        device, place = self._places[index]
        try:
            return self._composites[device].pixels(place)
        except CompositorError as error:
            return self._restarted(device, error).pixels(place)

    def jpeg(self, index: int, quality: int) -> bytes | None:
        """Picture ``index`` as a JPEG file if its device encodes, otherwise None."""
        device, place = self._places[index]
        composite = self._composites[device]
        try:
            file = composite.jpeg(place, quality)
        except CompositorError as error:
            composite = self._restarted(device, error)
            file = composite.jpeg(place, quality)
        if composite.problem:
            self._renderer.tell_of_slow_files(device, composite.problem)
        return file

    def _restarted(self, device: torch.device, error: CompositorError) -> Composite:
        made = self._composites[device] = self._renderer.restart(device, self._tiles[device], error)
        return made
