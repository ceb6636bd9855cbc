"""Encodes pictures on a GPU as JPEG on a separate thread, so that no tick waits for them."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cache, partial
from queue import SimpleQueue
from threading import Lock, Thread
from typing import NamedTuple

import numpy as np
import torch

from .attempts import Attempts
from .gpu_jpeg import open_gpu_jpeg
from .jpeg import encode_jpeg, jpeg_library

GPU_PIXELS = 1 << 20
"""Pictures with this many pixels or more are encoded on the GPU. Its dozen small kernels alternate with the training's.
For a small picture, that takes longer than copying and encoding it on the host, and slows the training."""

PARTING = 5.0
"""Maximum seconds that the process's exit waits for unfinished files."""

Job = tuple[torch.Tensor, int]
"""A picture, (height, width, 4) uint8 whose fourth channel is ignored, and the quality of its file, 1..100."""


class Made(NamedTuple):
    """The files of some jobs, and why nvJPEG failed to make the large ones, or empty if it did not fail."""

    files: Sequence[bytes]
    problem: str


class Files:
    """Unfinished files, one for each of ``jobs``, completed together. Created by `JpegThread.start`.

    Attributes:
        unfinished: Returns whether `result` would wait.
        problem: Why nvJPEG failed, so that the host has encoded; empty if it did not, and until the files are finished.

    """

    def __init__(self, jobs: Sequence[Job], stream: torch.cuda.Stream, wait: Callable[[], None]) -> None:
        self.jobs, self.stream, self.wait_for_pictures = jobs, stream, wait
        self._files: Sequence[bytes] = ()
        self.problem = ""
        self._error: Exception | None = None
        self._open = Lock()  # held until they are finished; faster than a future
        self._open.acquire()
        self.unfinished = self._open.locked

    def result(self) -> Sequence[bytes]:
        """Waits for the files and returns them. Raises the encoder's exception."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._files

    def wait(self) -> None:
        """Waits until the pictures are no longer read."""
        with self._open:
            pass

    def make(self, encode: Callable[[Sequence[Job], torch.cuda.Stream], Made]) -> None:
        """Waits for the pictures and calls ``encode`` on them."""
        try:
            self.wait_for_pictures()
            self._files, self.problem = encode(self.jobs, self.stream)
        except Exception as error:  # raised by `result`
            self._error = error
        finally:
            self._open.release()


class JpegThread:
    """Encodes pictures on the CUDA device ``device``, one frame's pictures at a time. Use `jpeg_thread`."""

    def __init__(self, device: torch.device) -> None:
        from ..basics.captures import uncaptured  # noqa: PLC0415 (needs a package that is only there for GPUs)

        self._gpu = Attempts(partial(open_gpu_jpeg, device))
        self._pixels = torch.empty(0, dtype=torch.uint8)  # page-locked, grows
        self._queue: SimpleQueue[Files | None] = SimpleQueue()
        self._ended = False
        self._ending = Lock()  # held to queue files, none of which may follow the end
        self._thread = Thread(target=self._run, args=(uncaptured(),), name="vultorch-jpeg", daemon=True)
        self._thread.start()
        atexit.register(self._end)

    @property
    def library(self) -> str:
        """The encoders in use. nvJPEG takes half a second to open and is opened for the first large picture."""
        return jpeg_library() + (" + nvJPEG" if self._gpu.working else "")

    def start(self, jobs: Sequence[Job], stream: torch.cuda.Stream, wait: Callable[[], None]) -> Files:
        """Starts making a baseline JPEG file for each of ``jobs``.

        ``wait`` is called first, on the thread, and must return once the pictures are finished; after that only
        ``stream`` and private streams are waited for. If nvJPEG fails, the host encodes. Exceptions from ``wait``, and
        RuntimeError if the GPU is lost, are raised when the files are asked for.
        """
        files = Files(jobs, stream, wait)
        with self._ending:
            if not self._ended:
                self._queue.put(files)
                return files
        self._thread.join()  # a view that is closed while the process exits
        files.make(self._encode)
        return files

    def _run(self, uncaptured: AbstractContextManager[None]) -> None:
        with uncaptured:  # a graph may be captured on another thread meanwhile
            while (files := self._queue.get()) is not None:
                files.make(self._encode)
                del files  # frees the pictures before the next item arrives

    def _end(self) -> None:
        """Ends the thread first: the GPU's libraries must not be unloaded while it is using them."""
        with self._ending:
            self._ended = True
            self._queue.put(None)
        self._thread.join(PARTING)

    def _encode(self, jobs: Sequence[Job], stream: torch.cuda.Stream) -> Made:
        large = [index for index, (picture, _) in enumerate(jobs) if picture.numel() >= 4 * GPU_PIXELS]
        made: dict[int, bytes] = {}
        problem = ""
        with torch.cuda.stream(stream), torch.no_grad():
            if large:
                files = self._gpu.encode([jobs[index] for index in large])
                if files is not None:
                    made.update(zip(large, files, strict=True))
                problem = self._gpu.problem
            for index, (picture, quality) in enumerate(jobs):
                if index not in made:
                    made[index] = encode_jpeg(self._downloaded(picture), quality)
        return Made([made[index] for index in range(len(jobs))], problem)

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
