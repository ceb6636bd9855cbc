"""What each canvas shows, and what of it the pages have been sent. Decides by content which pictures are new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from .canvas import Canvas
from .codec.choice import Encoder
from .render.plan import Tile, plan_tile
from .renderer import Renderer
from .transport.messages import Picture

REST = 0.3
"""Seconds without change after which a picture has come to rest and is sent losslessly."""
RECHECK = 0.1
"""Seconds after which a tensor is composited again though torch has counted no write to it: writes through NumPy,
DLPack or a CUDA graph are not counted. Each time that finds nothing doubles them, up to `RECHECK_MOST`; where it does
find a write, torch is not asked any more until a composite finds none."""
RECHECK_MOST = 0.5


@dataclass(slots=True)
class _Shown:
    """One canvas: its pixels, when they last changed, and which version of them went out."""

    pixels: np.ndarray | None = None
    version: int = 0
    changed_at: float = 0.0
    composed_from: object = None
    composed_at: float = -1.0
    recheck: float = RECHECK  # seconds from there to the next composite if torch counts no write
    sent_version: int = 0
    sent_lossless: bool = False


class Stage:
    """The pictures of all canvases of a view."""

    def __init__(self, renderer: Renderer, encoder: Encoder) -> None:
        self._renderer = renderer
        self._encoder = encoder
        self._shown: dict[str, _Shown] = {}
        self.composed = 0  # tiles composited so far

    def compose(self, canvases: Iterable[Canvas], rooms: Mapping[str, tuple[int, int]], now: float) -> None:
        """Composites every canvas that may have changed. ``rooms`` are device pixels (width, height) by canvas id."""
        tiles: list[Tile] = []
        targets: list[tuple[_Shown, bool]] = []  # and whether torch knows of a write
        present: dict[str, _Shown] = {}
        for canvas in canvases:
            shown = present[canvas.id] = self._shown.get(canvas.id) or _Shown()
            tile = _plan(canvas, rooms)
            if tile is None:
                shown.pixels = None
                continue
            source = _fingerprint(tile)
            told = source is None or source != shown.composed_from
            if not told and now - shown.composed_at < shown.recheck:
                continue
            shown.composed_from, shown.composed_at = source, now
            tiles.append(tile)
            targets.append((shown, told))
        self._shown = present
        if tiles:
            self.composed += len(tiles)
            for (shown, told), pixels in zip(targets, self._renderer.compose(tiles), strict=True):
                changed = _take(shown, pixels, now)
                if told:
                    shown.recheck = RECHECK
                else:
                    shown.recheck = 0.0 if changed else min(max(2 * shown.recheck, RECHECK), RECHECK_MOST)

    def pictures(self, now: float, *, resting: bool) -> tuple[list[Picture], list[bytes]]:
        """What the pages do not show yet, encoded. ``resting`` says that nothing will change for now (paused)."""
        pictures: list[Picture] = []
        buffers: list[bytes] = []
        for canvas, shown in self._shown.items():
            if shown.pixels is None:
                continue
            still = resting or now - shown.changed_at >= REST
            if shown.sent_version == shown.version and (shown.sent_lossless or not still):
                continue
            encoded = self._encoder.encode(shown.pixels, at_rest=still)
            shown.sent_version, shown.sent_lossless = shown.version, encoded.lossless
            height, width = shown.pixels.shape[:2]
            pictures.append(
                Picture(
                    canvas=canvas,
                    width=width,
                    height=height,
                    format=encoded.format,
                    lossless=encoded.lossless,
                    buffer=len(buffers),
                )
            )
            buffers.append(encoded.data)
        return pictures, buffers

    def forget_composed(self) -> None:
        """Has every tensor looked at again."""
        for shown in self._shown.values():
            shown.composed_from = None

    def forget_sent(self) -> None:
        """Counts nothing as sent: a page has appeared that shows nothing yet."""
        for shown in self._shown.values():
            shown.sent_version, shown.sent_lossless = 0, False


def _plan(canvas: Canvas, rooms: Mapping[str, tuple[int, int]]) -> Tile | None:
    room = rooms.get(canvas.id)
    if canvas.tensor is None or room is None or min(room) < 1 or canvas.spec().error:
        return None
    return plan_tile(
        canvas.tensor.detach(),
        room,
        filter=canvas.filter,
        fit=canvas.fit,
        color=canvas.color,
        gain=canvas.gain,
        offset=canvas.offset,
        colormap=canvas.colormap,
        channels=canvas.channels,
    )


def _fingerprint(tile: Tile) -> object:
    """Changes whenever torch knows of a write to the source, or the tile asks for another picture of it."""
    source = tile.source
    if source.is_inference():  # has no version counter
        return None
    look = (tile.crop, tile.width, tile.height, tile.filter, tile.transfer, tile.gain, tile.offset)
    return (source.data_ptr(), source._version, source.dtype, source.stride(), look, tile.colormap, tile.channels)


def _take(shown: _Shown, pixels: np.ndarray, now: float) -> bool:
    """Keeps ``pixels`` where they differ from those there are, and returns whether they do."""
    if shown.pixels is None or shown.pixels.shape != pixels.shape:
        shown.pixels = pixels.copy()
    elif np.array_equal(shown.pixels, pixels):
        return False
    else:
        np.copyto(shown.pixels, pixels)
    shown.version += 1
    shown.changed_at = now
    return True
