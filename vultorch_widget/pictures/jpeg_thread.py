"""JPEG files of pictures that lie on a GPU, made on a thread of their own, so that no tick waits for them."""

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
"""From this many pixels on the GPU encodes. Its dozen of small kernels take turns with those of a training: for a small
picture longer than a host needs to copy and encode it, and at the training's expense."""

PARTING = 5.0
"""Seconds that the process's end waits for files in the making, at most."""

Job = tuple[torch.Tensor, int]
"""A picture, (height, width, 4) uint8, whose fourth channel is ignored; and the quality of its file, 1..100."""


class Files:
    """Files to come, one for each of ``jobs``, all at once. Made by `JpegThread.start`."""

    def __init__(self, jobs: Sequence[Job], stream: torch.cuda.Stream, wait: Callable[[], None]) -> None:
        self.jobs, self.stream, self.wait_for_pictures = jobs, stream, wait
        self._made: Sequence[bytes] = ()
        self._error: Exception | None = None
        self._open = Lock()  # until they are there; making one, and asking it, is quicker than with a future
        self._open.acquire()

    @property
    def done(self) -> bool:
        """Whether `result` would not wait."""
        return not self._open.locked()

    def result(self) -> Sequence[bytes]:
        """The files, which it waits for. Raises what went wrong."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._made

    def wait(self) -> None:
        """Returns when nothing reads the pictures any more."""
        with self._open:
            pass

    def make(self, encode: Callable[[Sequence[Job], torch.cuda.Stream], Sequence[bytes]]) -> None:
        """Waits for the pictures and has ``encode`` make the files."""
        try:
            self.wait_for_pictures()
            self._made = encode(self.jobs, self.stream)
        except Exception as error:  # who asks for a file is told
            self._error = error
        finally:
            self._open.release()


class JpegThread:
    """Encodes pictures of the CUDA device ``device``, those of one frame together. Use `jpeg_thread`."""

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
        """What encodes: nvJPEG is opened when there is a large picture, for that takes half a second."""
        return jpeg_library() + (" + nvJPEG" if self._gpu else "")

    def start(self, jobs: Sequence[Job], stream: torch.cuda.Stream, wait: Callable[[], None]) -> Files:
        """A baseline JPEG file for each of ``jobs``, to come.

        ``wait`` is called first, on the thread, and returns when the pictures are there; after it only ``stream`` is
        waited for, and streams that nothing else uses. What it raises, and RuntimeError where the GPU cannot encode,
        is for who asks for the files.
        """
        files = Files(jobs, stream, wait)
        self._queue.put(files)
        return files

    def _run(self) -> None:
        while (files := self._queue.get()) is not None:
            files.make(self._encode)
            del files  # and with it the pictures, until the next

    def _end(self) -> None:
        """The GPU's libraries must not go while the thread is in one of them."""
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
    """The one of ``device``, for the whole process."""
    return JpegThread(device)
