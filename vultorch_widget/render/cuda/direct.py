"""Makes the pictures that most views show with one CUDA kernel each, on the stream that wrote the tensors.

For Vulkan's few microseconds of work, a GPU that trains must switch to Vulkan's context and back, and idles meanwhile:
0.75 ms a frame on an H200. A kernel in the training's own context costs no more than its launch.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cupy
import torch
from cuda.bindings import driver

from ...pictures.jpeg_thread import jpeg_thread
from ..color import CHECKER, CHECKER_GRAYS, MAGENTA
from ..compositor import Compositor, CompositorError, RelievedByTile
from ..direct import is_direct
from ..plan import Tile
from .frame import GpuFrame, Moment
from .runtime import call, cudart

_WARP = 32
_BLOCK = 256
_KERNELS = {
    torch.float32: "floats",
    torch.float16: "halves",
    torch.bfloat16: "brain_floats",
    torch.uint8: "bytes",
}
_SOURCE = (Path(__file__).parent / "direct.cu").read_text(encoding="utf-8")
_CONSTANTS = {
    "CHECKER": CHECKER,
    "FIRST_GRAY": f"{CHECKER_GRAYS[0]}f",
    "SECOND_GRAY": f"{CHECKER_GRAYS[1]}f",
    **dict(zip(("MAGENTA_RED", "MAGENTA_GREEN", "MAGENTA_BLUE"), MAGENTA, strict=True)),
}
_ARGUMENTS = struct.Struct("PP3q7i6d")
"""`Arguments` in `direct.cu`."""


class DirectKernels(RelievedByTile):
    """Makes direct tiles on the CUDA device ``cuda``, on its current stream, and leaves others to ``compositor``.

    If CuPy cannot compile the kernels, its exception is raised. Compiling takes a few tenths of a second the first time
    on a machine.
    """

    def __init__(self, compositor: Compositor, cuda: torch.device) -> None:
        super().__init__(compositor, "pictures that need no more than a mean are made by a CUDA kernel")
        self._cuda = cuda
        self._index = cuda.index  # torch takes longer to read a device than a number
        self._encoder = jpeg_thread(cuda)
        self._aside = torch.cuda.Stream(cuda, priority=-1)  # type: ignore[no-untyped-call]
        with torch.cuda.device(cuda):
            options = tuple(f"-D{name}={value}" for name, value in _CONSTANTS.items())
            self._module = cupy.RawModule(code=_SOURCE, options=options)
            self._kernels = {dtype: self._kernel(name) for dtype, name in _KERNELS.items()}
            self._packed = self._kernel("packed_floats")
        self._arguments = ctypes.create_string_buffer(_ARGUMENTS.size)
        self._pointers = (ctypes.c_void_p * 1)(ctypes.addressof(self._arguments))
        self._pointers_at = ctypes.addressof(self._pointers)
        self._streams: dict[int, torch.cuda.Stream] = {}

    def _kernel(self, name: str) -> Any:
        return driver.CUfunction(self._module.get_function(name).kernel.ptr)

    def takes(self, tile: Tile) -> bool:
        """See `is_direct`."""
        return is_direct(tile)

    def made(self, tiles: Sequence[Tile]) -> GpuFrame:
        """The pictures of ``tiles``, all of which must be direct. Does not wait. Raises `CompositorError`.

        Transparency shows the checkerboard, NaN is magenta.
        """
        try:
            if torch._C._cuda_getDevice() == self._index:
                pictures, done = self._pictures(tiles)
            else:
                with torch.cuda.device(self._index):
                    pictures, done = self._pictures(tiles)
        except RuntimeError as error:
            raise CompositorError(f"{self.name}: {error}") from error
        return GpuFrame(self.name, pictures, Moment(done.query, done.synchronize), self._encoder, self._aside)

    def _pictures(self, tiles: Sequence[Tile]) -> tuple[list[torch.Tensor], torch.cuda.Event]:
        """The pictures, and when they are finished."""
        stream = torch._C._cuda_getCurrentRawStream(self._index)
        pictures = [self._picture(tile, stream) for tile in tiles]
        done = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
        done.record(self._stream(stream))
        return pictures, done

    def _stream(self, handle: int) -> torch.cuda.Stream:
        """The stream of ``handle``; cached, because `torch.cuda.current_stream` takes longer than a launch."""
        if handle not in self._streams:
            self._streams[handle] = torch.cuda.current_stream(self._index)
        return self._streams[handle]

    def _picture(self, tile: Tile, stream: int) -> torch.Tensor:
        source, width, height = tile.source, tile.width, tile.height
        picture = torch.empty((height, width, 4), dtype=torch.uint8, device=self._cuda)
        shape, strides, address = source.shape, source.stride(), source.data_ptr()
        channels = shape[2] if len(shape) == 3 else 1
        row, column, channel = strides[0], strides[1], strides[2] if channels > 1 else 0  # grey is read three times
        left, top, right, bottom = tile.crop
        across, down = (right - left) / width, (bottom - top) / height
        averages = tile.filter == "area"
        lanes = _lanes(across) if averages else 1
        numbers = channels, shape[0], shape[1], width, height, averages, lanes
        places = address, picture.data_ptr(), row, column, channel
        _ARGUMENTS.pack_into(self._arguments, 0, *places, *numbers, tile.gain, tile.offset, left, top, across, down)
        kernel = self._kernels[source.dtype]
        aligned = not (address | 4 * row | 4 * column) % 16
        if channels == 4 and channel == 1 and aligned and source.dtype == torch.float32:
            kernel = self._packed
        # The launch copies the arguments. CuPy's own takes several times as long.
        blocks = -(-width * height * lanes // _BLOCK)
        launch = (kernel, blocks, 1, 1, _BLOCK, 1, 1, 0, stream, self._pointers_at, 0)
        (status,) = driver.cuLaunchKernel(*launch)
        if status == driver.CUresult.CUDA_ERROR_INVALID_CONTEXT:  # the driver has none yet on a new thread
            call(cudart.cudaSetDevice, self._index)
            (status,) = driver.cuLaunchKernel(*launch)
        if status:
            raise RuntimeError(f"cuLaunchKernel: {status.name}")
        return picture


def _lanes(across: float) -> int:
    """Threads for a pixel that is ``across`` texels wide: a power of two, at most a warp."""
    return min(_WARP, 1 << max(0, int(across).bit_length() - 1))
