"""Bindings for nvJPEG's encoding functions."""

from __future__ import annotations

import ctypes
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import torch

FULL_COLOR, HALF_COLOR = 0, 2
"""`nvjpegChromaSubsampling_t` of 4:4:4 and 4:2:0."""
_INTERLEAVED_RGB = 5  # NVJPEG_INPUT_RGBI
_STATUS = {
    1: "not initialised",
    2: "invalid parameter",
    4: "JPEG not supported",
    5: "allocation failed",
    6: "execution failed",
    7: "the GPU's architecture is not supported",
    8: "internal error",
    9: "implementation not supported",
}


class _Image(ctypes.Structure):
    """`nvjpegImage_t`."""

    _fields_ = (("channel", ctypes.c_void_p * 4), ("pitch", ctypes.c_size_t * 4))


class NvJpeg:
    """nvJPEG on the current CUDA device. Raises OSError without the library, RuntimeError if it refuses."""

    def __init__(self) -> None:
        self._library = _load()
        self._made: list[tuple[str, ctypes.c_void_p]] = []  # what is to be destroyed, and the function that does
        self._handle = self._create("nvjpegDestroy", "nvjpegCreateSimple")

    @property
    def version(self) -> str:
        """The library's version, such as ``"13.0.1"``."""
        parts = []
        for kind in range(3):  # MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL
            part = ctypes.c_int()
            self._call("nvjpegGetProperty", ctypes.c_int(kind), ctypes.byref(part))
            parts.append(str(part.value))
        return ".".join(parts)

    def state(self, stream: torch.cuda.Stream) -> ctypes.c_void_p:
        """A new encoder state, which encodes one picture at a time."""
        return self._create("nvjpegEncoderStateDestroy", "nvjpegEncoderStateCreate", self._handle, on=stream)

    def parameters(self, quality: int, sampling: int, stream: torch.cuda.Stream) -> ctypes.c_void_p:
        """Encoder parameters for any state: ``quality`` 1..100, ``sampling`` `FULL_COLOR` or `HALF_COLOR`."""
        made = self._create("nvjpegEncoderParamsDestroy", "nvjpegEncoderParamsCreate", self._handle, on=stream)
        on = _pointer(stream)
        self._call("nvjpegEncoderParamsSetQuality", made, ctypes.c_int(quality), on)
        self._call("nvjpegEncoderParamsSetSamplingFactors", made, ctypes.c_int(sampling), on)
        return made

    def encode(
        self, picture: torch.Tensor, state: ctypes.c_void_p, parameters: ctypes.c_void_p, stream: torch.cuda.Stream
    ) -> None:
        """Queues encoding ``picture``, contiguous (height, width, 3) uint8 on the device. Keep it alive until that is
        done.
        """
        height, width = picture.shape[:2]
        image = _Image()
        image.channel[0], image.pitch[0] = picture.data_ptr(), 3 * width
        self._call(
            "nvjpegEncodeImage",
            self._handle,
            state,
            parameters,
            ctypes.byref(image),
            ctypes.c_int(_INTERLEAVED_RGB),
            ctypes.c_int(width),
            ctypes.c_int(height),
            _pointer(stream),
        )

    def length(self, state: ctypes.c_void_p, stream: torch.cuda.Stream) -> int:
        """Size in bytes of the file in ``state``."""
        length = ctypes.c_size_t()
        self._call("nvjpegEncodeRetrieveBitstream", self._handle, state, None, ctypes.byref(length), _pointer(stream))
        return length.value

    def copy(self, state: ctypes.c_void_p, to: torch.Tensor, length: int, stream: torch.cuda.Stream) -> None:
        """Queues copying the file of ``length`` bytes to ``to``, a tensor in host memory."""
        size = ctypes.c_size_t(length)
        at = ctypes.c_void_p(to.data_ptr())
        self._call("nvjpegEncodeRetrieveBitstream", self._handle, state, at, ctypes.byref(size), _pointer(stream))

    def close(self) -> None:
        """Frees everything made here. Nothing may be queued. What the library refuses to free is lost."""
        while self._made:
            destroy, made = self._made.pop()
            getattr(self._library, destroy)(made)

    def _create(self, destroy: str, create: str, *of: object, on: torch.cuda.Stream | None = None) -> ctypes.c_void_p:
        """What ``create`` makes, ``of`` a handle and ``on`` a stream if it takes them. `close` calls ``destroy``."""
        made = ctypes.c_void_p()
        self._call(create, *of, ctypes.byref(made), *(() if on is None else (_pointer(on),)))
        self._made.append((destroy, made))
        return made

    def _call(self, name: str, *args: object) -> None:
        status = getattr(self._library, name)(*args)
        if status:
            raise RuntimeError(f"{name}: {_STATUS.get(status, 'unknown error')} ({status})")


def _pointer(stream: torch.cuda.Stream) -> ctypes.c_void_p:
    return ctypes.c_void_p(stream.cuda_stream)


def _load() -> ctypes.CDLL:
    """Loads the library for torch's CUDA version: from its wheel, or else from the system."""
    major = (torch.version.cuda or "").partition(".")[0]
    name = f"nvjpeg64_{major}.dll" if sys.platform == "win32" else f"libnvjpeg.so.{major}"
    return ctypes.CDLL(str(next(_in_wheels(name), name)))


def _in_wheels(name: str) -> Iterator[Path]:
    spec = importlib.util.find_spec("nvidia")
    for root in (spec.submodule_search_locations or ()) if spec else ():
        for folder in ("lib", "bin", "bin/x86_64"):
            yield from Path(root).glob(f"*/{folder}/{name}")
