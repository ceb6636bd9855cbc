"""What it costs to composite a batch, compared to one picture with as many texels, in this process, without a page."""

from __future__ import annotations

import time

import torch

from vultorch_widget.pictures.arrangement import Arrangement, arrangement
from vultorch_widget.render.compositor import Compositor
from vultorch_widget.render.plan import Tile, plan_tile
from vultorch_widget.render.vulkan import VulkanCompositor, open_device

from .bench import Bench, Row

ROOMS = {"a pixel for each texel": 4000, "1,000 pixels a side": 1000, "500 pixels a side": 500}
MOST = 1.2


def batch(bench: Bench) -> list[Row]:
    """64 pictures of 256 x 256 beside one of 2048 x 2048: the lowest CPU time of many, measured in turns."""
    torch.manual_seed(0)
    one, many = torch.rand(2048, 2048, 3), torch.rand(64, 3, 256, 256)
    batches = {
        "64 x 3 x 256 x 256": arrangement("NCHW"),
        "the same, normalised by mean and std": arrangement("NCHW", normalize=((0.5, 0.4, 0.3), (0.2, 0.3, 0.4))),
    }
    compositor = VulkanCompositor(open_device())
    bench.backend = compositor.name
    rows = []
    for room, pixels in ROOMS.items():
        plans = {
            "one": _plan(one, pixels, arrangement()),
            **{name: _plan(many, pixels, batches[name]) for name in batches},
        }
        least = _least(compositor, plans, 3 if bench.quick else 15)
        rows.append(Row("batch", f"2048 x 2048, {room}", f"{1000 * least['one']:.0f} ms of CPU"))
        for name in batches:
            ratio = least[name] / least["one"]
            rows.append(Row("batch", f"{name}, {room}", f"{ratio:.2f} of it", f"≤ {MOST}", ratio <= MOST))
    compositor.close()
    return rows


def _plan(tensor: torch.Tensor, pixels: int, arranged: Arrangement) -> Tile:
    tile = plan_tile(tensor, (pixels, pixels), filter="linear", fit="contain", arranged=arranged)
    assert tile is not None
    return tile


def _least(compositor: Compositor, tiles: dict[str, Tile], rounds: int) -> dict[str, float]:
    """Seconds of CPU that each of ``tiles`` takes, on all threads, after a round that creates the pipelines."""
    took: dict[str, list[float]] = {name: [] for name in tiles}
    for number in range(rounds + 1):
        for name, tile in tiles.items():
            begun = time.process_time()
            compositor.compose([tile]).pixels(0)
            if number:
                took[name].append(time.process_time() - begun)
    return {name: min(times) for name, times in took.items()}
