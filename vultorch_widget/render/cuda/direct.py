"""Makes the pictures that most views show with one CUDA kernel each, on the stream that wrote the tensors.

For Vulkan's few microseconds of work, a GPU that trains must switch to Vulkan's context and back, and idles meanwhile:
0.75 ms a frame on an H200. A kernel in the training's own context costs no more than its launch.
"""

from __future__ import annotations

import ctypes
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


class _Arguments(ctypes.Structure):
    """`Arguments` in `direct.cu`."""

    _fields_ = (
        ("source", ctypes.c_void_p),
        ("picture", ctypes.c_void_p),
        ("row", ctypes.c_longlong),  # strides in elements
        ("column", ctypes.c_longlong),
        ("channel", ctypes.c_longlong),
        ("channels", ctypes.c_int),
        ("rows", ctypes.c_int),  # of the source
        ("columns", ctypes.c_int),
        ("width", ctypes.c_int),  # of the picture
        ("height", ctypes.c_int),
        ("averages", ctypes.c_int),
        ("lanes", ctypes.c_int),  # threads that share a pixel
        ("gain", ctypes.c_float),
        ("offset", ctypes.c_float),
        ("left", ctypes.c_double),  # of the crop, in texels
        ("top", ctypes.c_double),
        ("across", ctypes.c_double),  # texels a pixel
        ("down", ctypes.c_double),
    )


class DirectKernels(RelievedByTile):
    """Makes direct tiles on the CUDA device ``cuda``, on its current stream, and leaves others to ``compositor``.

    If CuPy cannot compile the kernels, its exception is raised. Compiling takes a few tenths of a second the first time
    on a machine.
    """

    def __init__(self, compositor: Compositor, cuda: torch.device) -> None:
        super().__init__(compositor, "pictures that need no more than a mean are made by a CUDA kernel")
        self._cuda = cuda
        self._encoder = jpeg_thread(cuda)
        self._aside = torch.cuda.Stream(cuda, priority=-1)  # type: ignore[no-untyped-call]
        with torch.cuda.device(cuda):
            options = tuple(f"-D{name}={value}" for name, value in _CONSTANTS.items())
            self._module = cupy.RawModule(code=_SOURCE, options=options)
            self._kernels = {dtype: self._kernel(name) for dtype, name in _KERNELS.items()}
            self._packed = self._kernel("packed_floats")
        self._arguments = _Arguments()
        self._pointers = (ctypes.c_void_p * 1)(ctypes.addressof(self._arguments))

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
            with torch.cuda.device(self._cuda.index):  # torch takes longer to read a device than a number
                stream = torch.cuda.current_stream()
                on = driver.CUstream(stream.cuda_stream)
                pictures = [self._picture(tile, on) for tile in tiles]
                done = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
                done.record(stream)
        except RuntimeError as error:
            raise CompositorError(f"{self.name}: {error}") from error
        return GpuFrame(self.name, pictures, Moment(done.query, done.synchronize), self._encoder, self._aside)

    def _picture(self, tile: Tile, stream: Any) -> torch.Tensor:
        picture = torch.empty((tile.height, tile.width, 4), dtype=torch.uint8, device=self._cuda)
        kernel = self._packed if _fill(self._arguments, tile, picture) else self._kernels[tile.source.dtype]
        blocks = -(-tile.width * tile.height * self._arguments.lanes // _BLOCK)
        # The arguments are copied by the launch. CuPy's own takes five times as long.
        pointers = ctypes.addressof(self._pointers)
        (status,) = driver.cuLaunchKernel(kernel, blocks, 1, 1, _BLOCK, 1, 1, 0, stream, pointers, 0)
        if status:
            raise RuntimeError(f"cuLaunchKernel: {status.name}")
        return picture


def _fill(to: _Arguments, tile: Tile, picture: torch.Tensor) -> bool:
    """Sets all arguments. Returns whether texels are four floats that can be read at once."""
    source = tile.source
    strides, shape = source.stride(), source.shape
    left, top, right, bottom = tile.crop
    address = source.data_ptr()
    channels = shape[2] if len(shape) == 3 else 1
    row, column, channel = strides[0], strides[1], strides[2] if channels > 1 else 0  # grey is read three times
    across = (right - left) / tile.width
    averages = tile.filter == "area"
    to.source, to.picture = address, picture.data_ptr()
    to.row, to.column, to.channel = row, column, channel
    to.channels, to.rows, to.columns = channels, shape[0], shape[1]
    to.width, to.height = tile.width, tile.height
    to.averages, to.lanes = averages, _lanes(across) if averages else 1
    to.gain, to.offset = tile.gain, tile.offset
    to.left, to.top, to.across, to.down = left, top, across, (bottom - top) / tile.height
    aligned = not (address % 16 or row % 4 or column % 4)
    return channels == 4 and channel == 1 and aligned and source.dtype == torch.float32


def _lanes(across: float) -> int:
    """Threads for a pixel that is ``across`` texels wide: a power of two, at most a warp."""
    return min(_WARP, 1 << max(0, int(across).bit_length() - 1))
