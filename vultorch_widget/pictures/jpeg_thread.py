"""Encodes pictures on a GPU as JPEG on a separate thread, so that no tick waits for them."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Sequence
from functools import cache
from queue import SimpleQueue
from threading import Lock, Thread

import numpy as np
import torch

from .gpu_jpeg import GpuJpeg, gpu_jpeg
from .jpeg import encode_jpeg, jpeg_library

GPU_PIXELS = 1 << 20
"""Pictures with this many pixels or more are encoded on the GPU. Its dozen small kernels alternate with the training's.
For a small picture, that takes longer than copying and encoding it on the host, and slows the training."""

PARTING = 5.0
"""Maximum seconds that the process's exit waits for unfinished files."""

Job = tuple[torch.Tensor, int]
"""A picture, (height, width, 4) uint8 whose fourth channel is ignored, and the quality of its file, 1..100."""


class Files:
    """Unfinished files, one for each of ``jobs``, completed together. Created by `JpegThread.start`."""

    def __init__(self, jobs: Sequence[Job], stream: torch.cuda.Stream, wait: Callable[[], None]) -> None:
        self.jobs, self.stream, self.wait_for_pictures = jobs, stream, wait
        self._made: Sequence[bytes] = ()
        self._error: Exception | None = None
        self._open = Lock()  # held until they are finished; faster than a future
        self._open.acquire()

    @property
    def done(self) -> bool:
        """True if `result` would not wait."""
        return not self._open.locked()

    def result(self) -> Sequence[bytes]:
        """Waits for the files and returns them. Raises the encoder's exception."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._made

    def wait(self) -> None:
        """Waits until the pictures are no longer read."""
        with self._open:
            pass

    def make(self, encode: Callable[[Sequence[Job], torch.cuda.Stream], Sequence[bytes]]) -> None:
        """Waits for the pictures and calls ``encode`` on them."""
        try:
            self.wait_for_pictures()
            self._made = encode(self.jobs, self.stream)
        except Exception as error:  # raised by `result`
            self._error = error
        finally:
            self._open.release()


class JpegThread:
    """Encodes pictures on the CUDA device ``device``, one frame's pictures at a time. Use `jpeg_thread`."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._gpu: GpuJpeg | None = None
        self._asked_for_gpu = False
        self._pixels = torch.empty(0, dtype=torch.uint8)  # page-locked, grows
        self._queue: SimpleQueue[Files | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="vultorch-jpeg", daemon=True)
        self._thread.start()
        atexit.register(self._end)

    @property
    def library(self) -> str:
        """The encoders in use. nvJPEG takes half a second to open and is opened for the first large picture."""
        return jpeg_library() + (" + nvJPEG" if self._gpu else "")

    def start(self, jobs: Sequence[Job], stream: torch.cuda.Stream, wait: Callable[[], None]) -> Files:
        """Starts making a baseline JPEG file for each of ``jobs``.

        ``wait`` is called first, on the thread, and must return once the pictures are finished; after that only
        ``stream`` and private streams are waited for. Exceptions from ``wait``, and RuntimeError if the GPU cannot
        encode, are raised when the files are asked for.
        """
        files = Files(jobs, stream, wait)
        self._queue.put(files)
        return files

    def _run(self) -> None:
        while (files := self._queue.get()) is not None:
            files.make(self._encode)
            del files  # frees the pictures before the next item arrives

    def _end(self) -> None:
        """Ends the thread first: the GPU's libraries must not be unloaded while it is using them."""
        self._queue.put(None)
        self._thread.join(PARTING)

    def _encode(self, jobs: Sequence[Job], stream: torch.cuda.Stream) -> list[bytes]:
        large = [index for index, (picture, _) in enumerate(jobs) if picture.numel() >= 4 * GPU_PIXELS]
        gpu = self._opened() if large else None
        made: dict[int, bytes] = {}
        if gpu is not None:
            made.update(zip(large, gpu.encode_all(jobs[index] for index in large), strict=True))
        with torch.cuda.stream(stream), torch.no_grad():
            for index, (picture, quality) in enumerate(jobs):
                if index not in made:
                    made[index] = encode_jpeg(self._downloaded(picture), quality)
        return [made[index] for index in range(len(jobs))]

    def _opened(self) -> GpuJpeg | None:
        if not self._asked_for_gpu:
            self._gpu, self._asked_for_gpu = gpu_jpeg(self._device), True
        return self._gpu

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
    """The process's encoder thread for ``device``."""
    return JpegThread(device)
