"""Makes pictures of plain tiles with one CUDA kernel, on the stream that wrote the tensors.

For Vulkan's few microseconds of work, a GPU that trains must switch to Vulkan's context and back, and idles meanwhile:
0.75 ms a frame on an H200. A kernel in the training's own context costs no more than its launch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cupy
import torch

from ...pictures.jpeg_thread import jpeg_thread
from ..color import CHECKER, CHECKER_GRAYS, MAGENTA
from ..compositor import CompositorError
from ..plan import Tile
from .frame import GpuFrame, Moment

_BLOCK = (32, 8)
_SOURCE = f"""
__device__ unsigned char level(float value, float alpha, float board) {{
    return (unsigned char)((__saturatef(value) * alpha + board * (1.0f - alpha)) * 255.0f + 0.5f);
}}

extern "C" __global__ void rounded(
    const float* source, long long row, long long column, long long channel, long long channels,
    long long width, long long height, uchar4* picture
) {{
    long long x = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    long long y = blockIdx.y * (long long)blockDim.y + threadIdx.y;
    if (x >= width || y >= height) return;
    const float* texel = source + y * row + x * column;
    float r = texel[0], g = texel[channel], b = texel[2 * channel];
    float a = channels == 4 ? texel[3 * channel] : 1.0f;
    uchar4 pixel = make_uchar4({MAGENTA[0]}, {MAGENTA[1]}, {MAGENTA[2]}, 255);
    if (!(isnan(r) || isnan(g) || isnan(b) || isnan(a))) {{
        float board = ((x / {CHECKER} + y / {CHECKER}) & 1) ? {CHECKER_GRAYS[1]}f : {CHECKER_GRAYS[0]}f;
        a = __saturatef(a);
        pixel = make_uchar4(level(r, a, board), level(g, a, board), level(b, a, board), 255);
    }}
    picture[y * width + x] = pixel;
}}
"""


class Rounding:
    """Makes pictures of plain tiles on the CUDA device ``cuda``, on its current stream.

    ``name`` is for errors. If CuPy cannot compile the kernel, its exception is raised. Compiling takes a tenth of a
    second the first time.
    """

    def __init__(self, cuda: torch.device, name: str) -> None:
        self._cuda = cuda
        self._name = name
        self._encoder = jpeg_thread(cuda)
        self._aside = torch.cuda.Stream(cuda, priority=-1)  # type: ignore[no-untyped-call]
        self._streams: dict[int, Any] = {}
        self._kernel = cupy.RawKernel(_SOURCE, "rounded")
        with torch.cuda.device(cuda):
            self._kernel.compile()

    def compose(self, tiles: Sequence[Tile]) -> GpuFrame:
        """The pictures of ``tiles``, all of which must be plain (see `is_plain`). Does not wait.

        Transparency shows the checkerboard, NaN is magenta. Raises `CompositorError`.
        """
        try:
            with torch.cuda.device(self._cuda.index):  # torch takes longer to read a device than a number
                stream = torch.cuda.current_stream()
                with self._as_cupy(stream):
                    pictures = [self._picture(tile) for tile in tiles]
                done = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]  # CuPy's reports no errors
                done.record(stream)
        except RuntimeError as error:
            raise CompositorError(f"{self._name}: {error}") from error
        return GpuFrame(self._name, pictures, Moment(done.query, done.synchronize), self._encoder, self._aside)

    def _picture(self, tile: Tile) -> torch.Tensor:
        source, width, height = tile.source, tile.width, tile.height
        picture = torch.empty((height, width, 4), dtype=torch.uint8, device=self._cuda)
        grid = (-(-width // _BLOCK[0]), -(-height // _BLOCK[1]))
        layout = (*source.stride(), source.shape[2], width, height)
        self._kernel(grid, _BLOCK, (source.data_ptr(), *layout, picture.data_ptr()))
        return picture

    def _as_cupy(self, stream: torch.cuda.Stream) -> Any:
        """``stream`` as a CuPy stream; cached, because making one takes longer than a launch."""
        handle = stream.cuda_stream
        if handle not in self._streams:
            self._streams[handle] = _adopted(stream)
        return self._streams[handle]


def _adopted(stream: torch.cuda.Stream) -> Any:
    """Wraps ``stream`` by CuPy 14's stream protocol, or by the older class that 14 deprecates."""
    if hasattr(cupy.cuda.Stream, "from_external") and hasattr(stream, "__cuda_stream__"):
        return cupy.cuda.Stream.from_external(stream)
    return cupy.cuda.ExternalStream(stream.cuda_stream, stream.device.index)
