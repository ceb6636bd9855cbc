"""Plans the tiles of a view's canvases, and tells whether a tile may have changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import torch

from ..annotations.labels import Labels
from ..annotations.layers import LABELS, OVERLAY, UNDER
from ..inspection.look import AS_SET
from ..inspection.viewport import Viewport, visible
from ..render.plan import Tile, plan_tile
from ..render.rounding import is_whole
from ..render.second import Difference, Second
from .canvas import Canvas, Fingerprint

if TYPE_CHECKING:
    from ..pictures.picture_file import PictureFile


def plan(
    canvas: Canvas, rooms: Mapping[str, tuple[int, int]], crop: Viewport | None = None, *, as_set: bool = False
) -> Tile | None:
    """The tile of ``canvas``. ``rooms`` maps canvas ids to the available device pixels (width, height).

    ``crop`` is the part to show: left, top, right and bottom in texels; None shows everything. ``as_set`` ignores the
    user's choices. Returns None if there is no space for it, or nothing that can be shown.
    """
    room = rooms.get(canvas.id)
    if (tensor := canvas.tensor) is None or room is None or min(room) < 1 or canvas.problem():
        return None
    return _planned(canvas, tensor, room, crop, as_set=as_set)


class Planned(NamedTuple):
    """What a tile of a whole tensor was made from, and that tile without the tensor."""

    appearance: tuple[object, ...]
    tile: Tile


_NOTHING = torch.empty(0)


def plan_again(
    canvas: Canvas, rooms: Mapping[str, tuple[int, int]], look: Fingerprint | None, last: Planned | None
) -> tuple[Tile | None, Planned | None]:
    """As `plan`, for a ``canvas`` with the fingerprint ``look``, and what to pass as ``last`` the next time.

    If only values have changed since then, the tile is the last one with the present tensor: planning takes longer, and
    a GPU's next frame waits for this thread.
    """
    tensor = canvas.tensor
    if look is None or tensor is None:
        return plan(canvas, rooms), None
    if last is not None and last.appearance == look[1]:
        return Tile(tensor.detach(), *last.tile[1:]), last
    tile = plan(canvas, rooms)
    if tile is None or tile.grid is not None or tile.second is not None:
        return tile, None
    whole = tile.source.shape == tensor.shape and tile.source.stride() == tensor.stride()
    return tile, Planned(look[1], tile._replace(source=_NOTHING)) if whole else None


def _planned(
    canvas: Canvas, tensor: torch.Tensor, room: tuple[int, int], crop: Viewport | None, *, as_set: bool
) -> Tile | None:
    look = AS_SET if as_set else canvas.by_hand
    gain, offset = look.levels(canvas.gain, canvas.offset)
    colormap, channels = look.colors(canvas.colormap, canvas.channels)
    return plan_tile(
        tensor.detach(),
        room,
        filter=canvas.magnifying,
        fit=canvas.fit,
        color=canvas.color,
        gain=gain,
        offset=offset,
        colormap=colormap,
        channels=channels,
        crop=crop,
        palette=canvas.palette,
        arranged=canvas.arrangement,
        second=None if canvas.overlaid is None else canvas.overlaid.second(),
    )


def as_it_came(canvas: Canvas, rooms: Mapping[str, tuple[int, int]]) -> PictureFile | None:
    """The file that the picture of ``canvas`` came as, if compositing would make the same pixels of it; else None."""
    file, tensor, room = canvas.file, canvas.bound, rooms.get(canvas.id)
    if file is None or tensor is None or room is None or min(room) < 1 or canvas.problem():
        return None
    tile = _planned(canvas, tensor, room, None, as_set=False)
    return file if tile is not None and is_whole(tile) else None


def plan_difference(
    canvas: Canvas,
    other: Canvas,
    mode: Difference,
    gain: float,
    colormap: str | None,
    room: tuple[int, int],
    crop: Viewport | None = None,
) -> Tile | None:
    """The tile that shows how the values of ``canvas`` differ from those of ``other``, in place of ``canvas``.

    The difference is multiplied by ``gain``; a signed one is halved and centred at mid grey. Returns None if the two
    cannot be subtracted: for labels and normalised pictures, and where sizes, channels or devices differ.
    """
    ours, theirs = canvas.pictures, other.pictures
    if ours is None or theirs is None or canvas.tensor is None or min(room) < 1:
        return None
    special = [each.palette is not None or each.arrangement.normalize is not None for each in (canvas, other)]
    if any(special) or ours.shape != theirs.shape or ours.device != theirs.device:
        return None
    signed = mode == "signed"
    return plan_tile(
        canvas.tensor.detach(),
        room,
        filter=canvas.filter,
        fit=canvas.fit,
        color="display",
        gain=gain / 2 if signed else gain,
        offset=0.5 if signed else 0.0,
        colormap=colormap,
        channels=canvas.channels,
        crop=crop,
        palette=None,
        arranged=canvas.arrangement,
        second=Second(source=theirs, mode=mode),
    )


def zoomed(canvas: Canvas, room: tuple[int, int], viewport: Viewport) -> tuple[tuple[int, int], Viewport | None]:
    """The room and the crop of ``canvas`` with which a page can show ``viewport`` in ``room``; see `visible`."""
    if (grid := canvas.grid) is None:
        return room, None
    height, width = grid.size
    return visible(viewport, room, width, height)


def plan_all(
    canvases: Iterable[Canvas], rooms: Mapping[str, tuple[int, int]], *, as_set: bool = False
) -> dict[str, Tile]:
    """The tiles of ``canvases`` by id, as `plan` makes them. Canvases that cannot be shown are left out."""
    planned = {canvas.id: plan(canvas, rooms, as_set=as_set) for canvas in canvases}
    return {canvas: tile for canvas, tile in planned.items() if tile is not None}


def layer_ids(canvas: Canvas) -> tuple[str, ...]:
    """The ids of the layers of ``canvas``, as `plan_layers` makes them."""
    labelled = _named(canvas.labels_of("picture"))
    picture = (LABELS + canvas.id,) if labelled else ()
    if not _named(canvas.labels_of("overlay")):
        return picture
    return (*(picture or (UNDER + canvas.id,)), OVERLAY + canvas.id)


def _named(labels: Labels | None) -> bool:
    return labels is not None and bool(labels.names)


def plan_layers(canvas: Canvas, rooms: Mapping[str, tuple[int, int]]) -> dict[str, Tile]:
    """The tiles that a replay needs to hide labels, by id: nothing in them is hidden, and no pixel mixes two labels."""
    layers = layer_ids(canvas)
    tile = plan(canvas, rooms) if layers else None
    if tile is None:
        return {}
    return {layer: _layer(canvas, layer, tile) for layer in layers}


def _layer(canvas: Canvas, layer: str, tile: Tile) -> Tile:
    if layer.startswith(UNDER):
        return tile._replace(second=None)
    labels = canvas.labels_of("overlay" if layer.startswith(OVERLAY) else "picture")
    assert labels is not None
    alone = tile.source if tile.second is None or not layer.startswith(OVERLAY) else tile.second.source
    return tile._replace(source=alone, palette=labels.whole_palette, filter="nearest", scaling=None, second=None)
