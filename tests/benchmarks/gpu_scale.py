"""`python -m tests.benchmarks.gpu_scale` on a machine with an NVIDIA GPU: how the cost of a frame grows. No browser.

The GPU time of a frame runs from the end of the stream's earlier work to the end of compositing, including copies and
the hand-over to Vulkan and back. The earlier work is a kernel that keeps the GPU busy until the host has queued the
frame, so the host's time is not counted. It is compared with the time that moving the same bytes takes at the card's
copy bandwidth. ``--frames`` measures only frames per second.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

import vultorch_widget as vultorch
from tests.page import Page
from vultorch_widget.render.plan import Tile, plan_tile
from vultorch_widget.render.vulkan.cuda_compositor import CudaCompositor

FRAMES = 60
BUSY = 10_000_000
"""Cycles that the GPU is busy before a frame, about 5 ms."""
SECONDS = 3.0
RUNS = 10
SCREEN = (3840, 2160)


@dataclass(frozen=True)
class Case:
    """Panels of one kind. ``shared`` are tensors of `create_tensor`, the others are copied for every frame."""

    panels: int
    side: int
    channels: int
    shared: bool
    room: tuple[int, int]

    def tensors(self, compositor: CudaCompositor) -> list[torch.Tensor]:
        """The panels' tensors, filled."""
        made = []
        for _ in range(self.panels):
            tensor = compositor.allocate(self.side, self.side) if self.shared else None
            if tensor is None:
                tensor = torch.empty(self.side, self.side, self.channels, device="cuda")
            made.append(tensor.uniform_())
        return made

    def moved(self, tiles: Sequence[Tile]) -> int:
        """Bytes read and written in a frame."""
        read = sum(tile.source.numel() * tile.source.element_size() for tile in tiles)
        written = sum(4 * tile.width * tile.height for tile in tiles)
        return read * (1 if self.shared else 3) + written


SQUARES = [Case(panels, side, 4, True, (side, side)) for side in (256, 1024, 2048) for panels in (1, 2, 4)]
COPIED = [Case(1, 2048, channels, False, (2048, 2048)) for channels in (1, 3, 4)]
LARGE = [Case(1, 8192, 4, shared, room) for shared in (True, False) for room in ((1200, 700), (8192, 8192))]


def tile(source: torch.Tensor, room: tuple[int, int]) -> Tile:
    """With the defaults of a canvas."""
    looks = {"filter": "linear", "fit": True, "color": "display", "gain": 1.0, "offset": 0.0}
    planned = plan_tile(source, room, **looks, colormap=None, channels="auto")  # type: ignore[arg-type]
    assert planned is not None
    return planned


def bandwidth() -> float:
    """Bytes per second that a copy of 1 GiB reads and writes."""
    source = torch.empty(1 << 30, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    times = []
    for _ in range(20):
        began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        began.record()
        target.copy_(source)
        ended.record()
        ended.synchronize()
        times.append(began.elapsed_time(ended) / 1000)
    return 2 * source.numel() / statistics.median(times)


def frame_times(compositor: CudaCompositor, tiles: Sequence[Tile]) -> tuple[float, float]:
    """Median milliseconds of the GPU, and of the calling thread, for a frame."""
    on_gpu, on_thread = [], []
    stream = torch.cuda.current_stream()
    compositor.compose(tiles)  # compiles and records
    busy = BUSY
    while len(on_gpu) < FRAMES:
        began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda.synchronize()
        torch.cuda._sleep(busy)
        began.record()
        before = time.thread_time()
        compositor.compose(tiles)
        took = time.thread_time() - before
        compositor._read.wait(compositor.timeline.submitted, stream)
        ended.record()
        if began.query():  # the GPU has waited for the host
            busy *= 2
            assert busy < 1000 * BUSY, "compose waits for the GPU"
            continue
        ended.synchronize()
        on_gpu.append(began.elapsed_time(ended))
        on_thread.append(took)
    return statistics.median(on_gpu), statistics.median(on_thread) * 1000


def table(per_second: float) -> None:
    """Prints the rows of every case."""
    print("| panels | tensor | copied | picture | GPU a frame | thread a frame | bytes moved | at copy bandwidth |")
    print("|---|---|---|---|---|---|---|---|")
    for case in [*SQUARES, *COPIED, *LARGE]:
        compositor = CudaCompositor(torch.device("cuda", 0))
        tiles = [tile(tensor, case.room) for tensor in case.tensors(compositor)]
        gpu, thread = frame_times(compositor, tiles)
        moved, picture = case.moved(tiles), f"{tiles[0].width} x {tiles[0].height}"
        least = moved / per_second * 1000
        print(
            f"| {case.panels} | {case.side} x {case.side} x {case.channels} | {'no' if case.shared else 'yes'} "
            f"| {picture} | {gpu:.3f} ms | {thread:.3f} ms | {moved / 2**20:.1f} MiB | {least:.3f} ms |"
        )
        compositor.close()
        del tiles
        torch.cuda.empty_cache()


def many(screen: tuple[int, int]) -> None:
    """Prints the frames per second of four changing panels of 2048 x 2048 beside one of 8192 x 8192, in such a view."""
    width, height = screen
    view = vultorch.View("many", width, height, headless=True, max_fps=60)
    sides = [2048] * 4 + [8192]
    tensors = [vultorch.create_tensor(side, side, 4, "cuda", window=view.window).uniform_() for side in sides]
    for index, tensor in enumerate(tensors):
        view.panel(str(index)).canvas("picture").bind(tensor)
    page = Page(view).open((width // 3, height // 2))
    reported = [0.0]
    rate = fps = 0.0
    ticked: list[tuple[float, int]] = []

    @view.on_frame
    def frame() -> None:
        for tensor in tensors:
            tensor[..., :3].mul_(0.999)
        now = time.perf_counter()
        ticked.append((now, page.painted))
        if now - reported[0] > 0.25:
            reported[0] = now
            page.updates.clear()
            page.report()

    # A warm-up, the number of ticks that there will be, and the time until pages get the full rate come first.
    for seconds in (0.0, 1.0, 1.0, SECONDS):
        ticks = max(30, round(seconds * rate)) if seconds else 30
        ticked.clear()
        view.run(max_frames=ticks)
        (began, painted), (ended, last) = ticked[0], ticked[-1]  # without the exact pictures at the end of a run
        rate, fps = (ticks - 1) / (ended - began), (last - painted) / (ended - began)
    print(
        f"4 x 2048 x 2048 and 8192 x 8192 in {width} x {height}: {fps:.1f} frames a second sent, "
        f"{rate:.1f} ticks a second; paced at {view._parts.pacer.rate(time.monotonic()):.0f}; {view.backend}"
    )
    view.close()


def main() -> None:
    """Prints all figures."""
    per_second = bandwidth()
    print(torch.cuda.get_device_name(), torch.__version__, f"copies at {per_second / 1e12:.2f} TB/s")
    if "--frames" not in sys.argv:
        table(per_second)
    for screen in ((1200, 700), SCREEN):
        for _ in range(RUNS):
            many(screen)


if __name__ == "__main__":
    main()
