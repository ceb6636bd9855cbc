"""Which tiles a kernel can make, and frames whose tiles are made in two ways."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vultorch_widget.annotations.palette import Palette
from vultorch_widget.render.compositor import HostPictures, RelievedByTile
from vultorch_widget.render.direct import MOST_FOOTPRINT, MOST_PIXELS, is_direct
from vultorch_widget.render.plan import Tile
from vultorch_widget.render.second import Second
from vultorch_widget.render.torch_compositor import TorchCompositor

from .tiles import whole

COLOR = torch.rand(40, 60, 3)


@pytest.mark.parametrize(
    "tile",
    [
        whole(COLOR),
        whole(COLOR, gain=0.5, offset=0.5),
        whole(COLOR, colormap="viridis"),  # colours have no colormap
        whole(COLOR[..., :1]),
        whole(COLOR[..., 0]),
        whole(torch.zeros(8, 8, 4, dtype=torch.uint8)),
        whole(COLOR.half(), width=20, height=20, filter="area"),
        whole(COLOR.bfloat16(), width=20, height=20, filter="area")._replace(crop=(1.5, 2, 41.5, 39)),
    ],
)
def test_a_mean_of_a_single_tensor_is_direct(tile):
    assert is_direct(tile)


@pytest.mark.parametrize(
    "tile",
    [
        whole(COLOR[..., 0], colormap="viridis"),
        whole(COLOR, channels="r"),
        whole(COLOR, transfer="linear"),
        whole(COLOR.double()),
        whole(COLOR > 0.5),
        whole(COLOR, width=120, height=80),
        whole(COLOR, width=30, height=40)._replace(crop=(0.0, 0.0, 30.0, 40.0)),
        whole(COLOR, second=Second(COLOR, "absolute")),
        whole(torch.zeros(8, 8, dtype=torch.uint8), palette=Palette(((0, 0, 0),))),
        whole(torch.view_as_complex(torch.rand(8, 8, 3, 2)).conj().imag),
        whole(torch.zeros(1, 1).expand(MOST_PIXELS, 2)),
        whole(torch.zeros(1, 1).expand(MOST_FOOTPRINT, 2), width=1, height=1, filter="area"),
    ],
)
def test_other_tiles_are_not(tile):
    assert not is_direct(tile)


class Unhashable(HostPictures):
    """As frames on a GPU are."""

    __hash__ = None  # type: ignore[assignment]


class Halves(RelievedByTile):
    """Makes what is wide itself, upside down."""

    def takes(self, tile: Tile) -> bool:
        return tile.width > tile.height

    def made(self, tiles):
        return Unhashable([self._compositor.compose([tile]).pixels(0)[::-1] for tile in tiles])


def test_each_tile_of_a_frame_is_made_by_whoever_takes_it():
    reference = TorchCompositor(torch.device("cpu"))
    halves = Halves(reference, "wide tiles are turned")
    tiles = [whole(COLOR), whole(COLOR.transpose(0, 1)), whole(COLOR * 0.5), whole(COLOR[:, :20])]
    for chosen in (tiles, tiles[:1], tiles[1:2], [tiles[3], tiles[1]], tiles[::-1]):
        frame, expected = halves.compose(chosen), reference.compose(chosen)
        frame.prepare({0: 90})
        assert frame.ready
        assert not frame.problem
        assert frame.jpeg(0, 90) is None
        for index, tile in enumerate(chosen):
            picture = expected.pixels(index)
            assert np.array_equal(frame.pixels(index), picture[::-1] if halves.takes(tile) else picture)
