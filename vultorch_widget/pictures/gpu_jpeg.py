"""JPEG encoding on the GPU by nvJPEG. Only compressed bytes are copied to the host."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from itertools import islice

import torch

from .jpeg import FULL_COLOR_PIXELS
from .nvjpeg import FULL_COLOR, HALF_COLOR, NvJpeg

AT_ONCE = 8
"""Maximum pictures encoded concurrently. Each needs a state and buffers."""
_FIRST_BYTES = 1 << 20  # a buffer's first size; files are rarely larger


class _Place:
    """Encodes one picture at a time, on a separate stream with priority over the training."""

    def __init__(self, library: NvJpeg) -> None:
        self.stream = torch.cuda.Stream(priority=-1)  # type: ignore[no-untyped-call]
        self.state = library.state(self.stream)
        self.encoded = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
        self.colors: torch.Tensor | None = None  # kept while it is read
        self._host = torch.empty(_FIRST_BYTES, dtype=torch.uint8, pin_memory=True)

    def host(self, size: int) -> torch.Tensor:
        """Page-locked memory of at least ``size`` bytes."""
        if self._host.numel() < size:
            self._host = torch.empty(2 * size, dtype=torch.uint8, pin_memory=True)
        return self._host


class GpuJpeg:
    """Encodes pictures on the CUDA device ``device``, for one thread. Use `open_gpu_jpeg`."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        with torch.cuda.device(device):
            self._library = NvJpeg()
        self._places: list[_Place] = []
        self._parameters: dict[tuple[int, int], ctypes.c_void_p] = {}

    @property
    def version(self) -> str:
        """The version of nvJPEG."""
        return self._library.version

    def encode_all(self, pictures: Iterable[tuple[torch.Tensor, int]]) -> Iterator[bytes]:
        """Yields a baseline JPEG file for each of ``pictures``: (height, width, 4) uint8, whose fourth channel is
        ignored, and a quality 1..100.

        The pictures must be finished, because no stream is waited for. `AT_ONCE` of them are started before the first
        file is fetched, and other work on the GPU is not waited for. Raises RuntimeError if the library fails or there
        is no memory left; then close this.
        """
        remaining = iter(pictures)
        while together := list(islice(remaining, AT_ONCE)):
            with torch.cuda.device(self._device), torch.no_grad():
                while len(self._places) < len(together):
                    self._places.append(_Place(self._library))
                for place, (picture, quality) in zip(self._places, together, strict=False):
                    self._begin(place, picture, quality)
            for place, _ in zip(self._places, together, strict=False):
                yield self._fetch(place)

    def _begin(self, place: _Place, picture: torch.Tensor, quality: int) -> None:
        with torch.cuda.stream(place.stream):
            place.colors = picture[..., :3].contiguous()  # the library does not take a fourth channel
            parameters = self._parameters_for(picture, quality, place.stream)
            self._library.encode(place.colors, place.state, parameters, place.stream)
            place.encoded.record(place.stream)

    def _fetch(self, place: _Place) -> bytes:
        place.encoded.synchronize()  # sleeps; the library would spin
        with torch.cuda.device(self._device):
            length = self._library.length(place.state, place.stream)
            host = place.host(length)
            self._library.copy(place.state, host, length, place.stream)
            place.stream.synchronize()
        place.colors = None  # a picture's worth of the training's memory
        return ctypes.string_at(host.data_ptr(), length)

    def _parameters_for(self, picture: torch.Tensor, quality: int, stream: torch.cuda.Stream) -> ctypes.c_void_p:
        height, width = picture.shape[:2]
        key = quality, FULL_COLOR if height * width <= FULL_COLOR_PIXELS else HALF_COLOR
        if key not in self._parameters:
            self._parameters[key] = self._library.parameters(*key, stream)
            stream.synchronize()  # other streams use them too
        return self._parameters[key]

    def close(self) -> None:
        """Frees the library's memory, unless the GPU is lost. Nothing can be encoded afterwards."""
        try:
            for place in self._places:
                place.stream.synchronize()
        except RuntimeError:  # work that never ended may still use the memory
            return
        with torch.cuda.device(self._device):
            self._library.close()
        self._places.clear()


def open_gpu_jpeg(device: torch.device) -> GpuJpeg | None:
    """A new encoder for ``device``, which has encoded a picture, or None if nvJPEG is not installed.

    Raises RuntimeError if it fails there.
    """
    try:
        encoder = GpuJpeg(device)
    except (OSError, AttributeError):  # AttributeError: the library lacks a function
        return None
    try:
        probe = torch.zeros(16, 16, 4, dtype=torch.uint8, device=device)
        torch.cuda.current_stream(device).synchronize()
        list(encoder.encode_all([(probe, 90)]))
    except AttributeError:
        encoder.close()
        return None
    except RuntimeError:
        encoder.close()
        raise
    return encoder
