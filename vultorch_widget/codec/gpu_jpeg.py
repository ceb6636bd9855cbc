"""JPEG on the GPU, by nvImageCodec, so that only compressed bytes are copied to the host."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch

from .jpeg import FULL_COLOR_PIXELS


@contextmanager
def _silenced() -> Iterator[None]:
    """Drops what C code writes to stderr: the library complains of every codec that is missing, such as JPEG 2000."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


class GpuJpeg:
    """Encodes pictures that lie on the CUDA device ``device``, for one thread. Use `gpu_jpeg`."""

    def __init__(self, library: Any, device: torch.device) -> None:
        self._library = library
        self._encoder = library.Encoder(device_id=device.index, max_num_cpu_threads=1)
        self._parameters: dict[tuple[int, bool], Any] = {}

    def encode(self, picture: torch.Tensor, quality: int, stream: torch.cuda.Stream) -> bytes:
        """A baseline JPEG file of ``picture`` (height, width, 4) uint8, whose fourth channel is ignored.

        Returns when it is there, which it awaits spinning; only ``stream`` is waited for. Raises RuntimeError where
        the library fails.
        """
        height, width = picture.shape[:2]
        with torch.cuda.stream(stream), torch.no_grad():
            colors = picture[..., :3].contiguous()  # the library takes no fourth channel
            image = self._library.as_image(colors, cuda_stream=stream.cuda_stream)
            parameters = self._parameters_for(quality, full_color=height * width <= FULL_COLOR_PIXELS)
            encoded = self._encoder.encode(image, "jpeg", params=parameters, cuda_stream=stream.cuda_stream)
        if encoded is None:
            raise RuntimeError(f"nvImageCodec could not encode a picture of {width} x {height} pixels")
        return bytes(encoded)

    def _parameters_for(self, quality: int, *, full_color: bool) -> Any:
        library, key = self._library, (quality, full_color)
        if key not in self._parameters:
            sampling = library.ChromaSubsampling
            self._parameters[key] = library.EncodeParams(
                quality_type=library.QualityType.QUALITY,
                quality_value=quality,
                chroma_subsampling=sampling.CSS_444 if full_color else sampling.CSS_420,
            )
        return self._parameters[key]


@cache
def gpu_jpeg(device: torch.device) -> GpuJpeg | None:
    """The encoder of ``device``, or None where nvImageCodec is not installed or cannot encode there.

    One for the whole process: making it takes a third of a second.
    """
    try:
        with _silenced():
            encoder = GpuJpeg(importlib.import_module("nvidia.nvimgcodec"), device)
        probe = torch.zeros(16, 16, 4, dtype=torch.uint8, device=device)
        encoder.encode(probe, 90, torch.cuda.current_stream(device))
    except (ImportError, OSError, RuntimeError):  # without nvJPEG it imports, and encodes nothing
        return None
    return encoder
