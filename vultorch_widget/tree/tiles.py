"""Which tiles the canvases of a view are composited as, and when a tile may have changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..render.plan import Tile, plan_tile
from .canvas import Canvas


def plan(canvas: Canvas, rooms: Mapping[str, tuple[int, int]]) -> Tile | None:
    """What to composite for ``canvas``, whose room is in ``rooms`` in device pixels (width, height) by canvas id.

    None where there is no room for it, or nothing in it that can be shown.
    """
    room = rooms.get(canvas.id)
    if canvas.tensor is None or room is None or min(room) < 1 or canvas.problem():
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


def plan_all(canvases: Iterable[Canvas], rooms: Mapping[str, tuple[int, int]]) -> dict[str, Tile]:
    """What to composite for each of ``canvases``, by its id; see `plan`. Those that cannot be shown are left out."""
    planned = {canvas.id: plan(canvas, rooms) for canvas in canvases}
    return {canvas: tile for canvas, tile in planned.items() if tile is not None}


def fingerprint(canvas: Canvas, room: tuple[int, int] | None) -> object:
    """Changes whenever torch knows of a write to what is bound, or ``canvas`` is to show another picture of it.

    None where that cannot be told. Much quicker than a plan: most pictures of a frame may be those of the one before.
    """
    source = canvas.tensor
    if source is None or room is None or canvas.problem():
        return (room, source is None)
    if source.is_inference():  # has no version counter
        return None
    texels = (source.data_ptr(), source._version, source.dtype, source.shape, source.stride())
    look = (canvas.filter, canvas.fit, canvas.color, canvas.gain, canvas.offset, canvas.colormap, canvas.channels)
    return (texels, room, look)
