"""JPEG files of pictures that lie on a GPU, made on a thread of their own, so that no tick waits for them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

import numpy as np
import torch

from .gpu_jpeg import gpu_jpeg
from .jpeg import encode_jpeg, jpeg_library

GPU_PIXELS = 1 << 20
"""From this many pixels on the GPU encodes. Its dozen of small kernels take turns with those of a training, for about
2 ms in all: longer than a host needs to copy and encode a small picture, and at the training's expense."""


class JpegThread:
    """Encodes pictures of the CUDA device ``device``, one after the other. Use `jpeg_thread`.

    Attributes:
        library: What encodes.

    """

    def __init__(self, device: torch.device) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vultorch-jpeg")
        self._gpu = gpu_jpeg(device)
        self._pixels = torch.empty(0, dtype=torch.uint8)  # page-locked, grows
        self.library = jpeg_library() + (" + nvImageCodec" if self._gpu else "")

    def start(
        self, picture: torch.Tensor, quality: int, stream: torch.cuda.Stream, wait: Callable[[], None]
    ) -> Future[bytes]:
        """A baseline JPEG file of ``picture`` (height, width, 4) uint8, whose fourth channel is ignored, to come.

        ``wait`` is called first, on the thread, and returns when the picture is there; after it only ``stream`` is
        waited for. Where the GPU cannot encode, it raises RuntimeError in the future.
        """

        def encode() -> bytes:
            wait()
            height, width = picture.shape[:2]
            with torch.cuda.stream(stream), torch.no_grad():
                if self._gpu is not None and height * width >= GPU_PIXELS:
                    return self._gpu.encode(picture, quality, stream)
                return encode_jpeg(self._downloaded(picture), quality)

        return self._thread.submit(encode)

    def _downloaded(self, picture: torch.Tensor) -> np.ndarray:
        """The pixels on the host, valid until the next call."""
        if self._pixels.numel() < picture.numel():
            self._pixels = torch.empty(picture.numel(), dtype=torch.uint8, pin_memory=True)
        pixels = self._pixels[: picture.numel()].view(picture.shape)
        pixels.copy_(picture, non_blocking=True)
        arrived = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
        arrived.record()
        arrived.synchronize()
        return pixels.numpy()


@cache
def jpeg_thread(device: torch.device) -> JpegThread:
    """The one of ``device``, for the whole process."""
    return JpegThread(device)
