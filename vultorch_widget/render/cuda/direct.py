"""Makes the pictures that most views show with one CUDA kernel each, on the stream that wrote the tensors.

For Vulkan's few microseconds of work, a GPU that trains must switch to Vulkan's context and back, and idles meanwhile:
0.75 ms a frame on an H200. A kernel in the training's own context costs no more than its launch.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Sequence
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

import torch
from cuda.bindings import driver

from ...basics.nvrtc import checked, compiled
from ...pictures.jpeg_thread import jpeg_thread
from ..color import CHECKER, CHECKER_GRAYS, MAGENTA
from ..compositor import Composite, Compositor, CompositorError, RelievedByTile
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
_PACKED = "packed_floats"
_SOURCE = (Path(__file__).parent / "direct.cu").read_bytes()
_CONSTANTS = {
    "CHECKER": CHECKER,
    "FIRST_GRAY": f"{CHECKER_GRAYS[0]}f",
    "SECOND_GRAY": f"{CHECKER_GRAYS[1]}f",
    **dict(zip(("MAGENTA_RED", "MAGENTA_GREEN", "MAGENTA_BLUE"), MAGENTA, strict=True)),
}
_OPTIONS = ("-ftz=true", *(f"-D{name}={value}" for name, value in _CONSTANTS.items()))
"""Subnormal numbers count as 0, which spares instructions. At gains below 1e30, no picture shows them."""
_ARGUMENTS = struct.Struct("PP3q7i6d")
"""`Arguments` in `direct.cu`."""
_PICTURE, _PICTURE_AT = struct.Struct("P"), struct.calcsize("P")
"""The picture's address among them."""
EVENTS = 4
"""Frames of a compositor that may be in the making at the same time without one waiting for another."""
MOST_LAUNCHES = 256
"""Maximum launches that are kept. A program that shows another tensor in every frame needs a new one each time."""

_UNKNOWN: Any = object()


class _Launch:
    """A launch of ``kernel``, with ``arguments`` that lack only the address of its picture, a tensor like ``like``."""

    __slots__ = ("_keeper", "arguments", "blocks", "kernel", "like", "pointers")

    def __init__(self, kernel: Any, blocks: int, like: torch.Tensor, arguments: bytes) -> None:
        self.kernel, self.blocks, self.like = kernel, blocks, like
        self.arguments = ctypes.create_string_buffer(arguments, len(arguments))
        self._keeper = (ctypes.c_void_p * 1)(ctypes.addressof(self.arguments))
        self.pointers = ctypes.addressof(self._keeper)
        """Where the driver finds the address of the arguments."""


class DirectKernels(RelievedByTile):
    """Makes direct tiles on the CUDA device ``cuda``, on its current stream, and leaves others to ``compositor``.

    Compiling takes a few tenths of a second the first time on a machine. Raises RuntimeError if the kernels cannot be
    compiled or loaded.
    """

    def __init__(self, compositor: Compositor, cuda: torch.device) -> None:
        super().__init__(compositor, "pictures that need no more than a mean are made by a CUDA kernel")
        self._index = cuda.index  # torch takes longer to read a device than a number
        self._encoder = jpeg_thread(cuda)
        self._aside = torch.cuda.Stream(cuda, priority=-1)  # type: ignore[no-untyped-call]
        kernels = _loaded(cuda, _SOURCE)
        self._kernels = {dtype: kernels[name] for dtype, name in _KERNELS.items()}
        self._packed = kernels[_PACKED]
        # To make a picture like a tensor takes two thirds of the time of one of a given shape, type and device.
        self._pixel = torch.empty(1, dtype=torch.uint8, device=cuda)
        self._launches: dict[object, _Launch | None] = {}
        self._streams: dict[int, tuple[torch.cuda.Stream, Any]] = {}
        # To make an event takes longer than to record it. One that is recorded again too soon is waited for too long.
        events = [torch.cuda.Event(blocking=True) for _ in range(EVENTS)]  # type: ignore[no-untyped-call]
        self._moments = cycle([(event.record, Moment(event.query, event.synchronize)) for event in events])

    def takes(self, tile: Tile) -> bool:
        """See `is_direct`."""
        return self._launch(tile) is not None

    def compose(self, tiles: Sequence[Tile]) -> Composite:
        """See `Compositor.compose`."""
        launches = self._direct(tiles)  # most frames need nothing else
        return self._frame(launches) if len(launches) == len(tiles) else super().compose(tiles)

    def made(self, tiles: Sequence[Tile]) -> GpuFrame:
        """The pictures of ``tiles``, all of which must be direct. Does not wait. Raises `CompositorError`.

        Transparency shows the checkerboard, NaN is magenta.
        """
        return self._frame(self._direct(tiles))

    def _direct(self, tiles: Sequence[Tile]) -> list[_Launch]:
        return [launch for tile in tiles if (launch := self._launch(tile)) is not None]

    def _frame(self, launches: Sequence[_Launch]) -> GpuFrame:
        try:
            if torch._C._cuda_getDevice() == self._index:
                pictures, there = self._pictures(launches)
            else:
                with torch.cuda.device(self._index):
                    pictures, there = self._pictures(launches)
        except RuntimeError as error:
            raise CompositorError(f"{self.name}: {error}") from error
        return GpuFrame(self.name, pictures, there, self._encoder, self._aside)

    def _launch(self, tile: Tile) -> _Launch | None:
        """How to make ``tile``, or None if it is not direct. Kept, because it is the same from frame to frame."""
        if tile.grid is not None or tile.second is not None or tile.palette is not None:
            return None  # such a tile is never direct, and holds tensors
        source = tile.source
        # Everything but the values. A negated view may be of the same memory as another one.
        key = (source.data_ptr(), source.shape, source.stride(), source.dtype, source.is_neg(), tile[1:])
        known: _Launch | None = self._launches.get(key, _UNKNOWN)
        if known is not _UNKNOWN:
            return known
        if len(self._launches) >= MOST_LAUNCHES:
            self._launches.clear()
        made = self._launches[key] = self._planned(tile) if is_direct(tile) else None
        return made

    def _pictures(self, launches: Sequence[_Launch]) -> tuple[list[torch.Tensor], Moment]:
        """The pictures, and when they are finished."""
        stream, of_driver = self._stream(torch._C._cuda_getCurrentRawStream(self._index))
        pictures = [self._picture(launch, of_driver) for launch in launches]
        record, there = next(self._moments)
        record(stream)
        return pictures, there

    def _stream(self, handle: int) -> tuple[torch.cuda.Stream, Any]:
        """The current stream, which has this ``handle``, for torch and for the driver.

        Kept, because `torch.cuda.current_stream` takes longer than a launch.
        """
        if handle not in self._streams:
            self._streams[handle] = torch.cuda.current_stream(self._index), driver.CUstream(handle)
        return self._streams[handle]

    def _planned(self, tile: Tile) -> _Launch:
        source, width, height = tile.source, tile.width, tile.height
        shape, strides, address = source.shape, source.stride(), source.data_ptr()
        channels = shape[2] if len(shape) == 3 else 1
        row, column, channel = strides[0], strides[1], strides[2] if channels > 1 else 0  # grey is read three times
        left, top, right, bottom = tile.crop
        across, down = (right - left) / width, (bottom - top) / height
        averages = tile.filter == "area"
        lanes = _lanes(across) if averages else 1
        numbers = channels, shape[0], shape[1], width, height, averages, lanes
        places = address, 0, row, column, channel
        arguments = _ARGUMENTS.pack(*places, *numbers, tile.gain, tile.offset, left, top, across, down)
        kernel = self._kernels[source.dtype]
        aligned = not (address | 4 * row | 4 * column) % 16
        if channels == 4 and channel == 1 and aligned and source.dtype == torch.float32:
            kernel = self._packed
        like = self._pixel.expand(height, width, 4)
        return _Launch(kernel, -(-width * height * lanes // _BLOCK), like, arguments)

    def _picture(self, launch: _Launch, stream: Any) -> torch.Tensor:
        picture = torch.empty_like(launch.like, memory_format=torch.contiguous_format)
        _PICTURE.pack_into(launch.arguments, _PICTURE_AT, picture.data_ptr())
        # The launch copies the arguments.
        given = (launch.kernel, launch.blocks, 1, 1, _BLOCK, 1, 1, 0, stream, launch.pointers, 0)
        (status,) = driver.cuLaunchKernel(*given)
        if status == driver.CUresult.CUDA_ERROR_INVALID_CONTEXT:  # the driver has none yet on a new thread
            call(cudart.cudaSetDevice, self._index)
            (status,) = driver.cuLaunchKernel(*given)
        if status:
            raise RuntimeError(f"cuLaunchKernel: {status.name}")
        return picture


@cache
def _loaded(cuda: torch.device, source: bytes) -> dict[str, Any]:
    """The kernels in ``source`` by name, compiled for ``cuda`` and loaded once: all compositors of a device share them.

    Raises RuntimeError if they cannot be compiled or loaded.
    """
    major, minor = torch.cuda.get_device_capability(cuda)
    cubin = compiled("direct", source, _OPTIONS, f"sm_{major}{minor}")
    with torch.cuda.device(cuda):
        call(cudart.cudaSetDevice, cuda.index)  # makes torch's context the driver's current one, without waiting
        module = checked(driver.cuModuleLoadData(cubin))
        names = (*_KERNELS.values(), _PACKED)
        return {name: checked(driver.cuModuleGetFunction(module, name.encode())) for name in names}


def _lanes(across: float) -> int:
    """Threads for a pixel that is ``across`` texels wide: a power of two, at most a warp."""
    return min(_WARP, 1 << max(0, int(across).bit_length() - 1))
