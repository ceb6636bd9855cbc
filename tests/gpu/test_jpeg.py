"""JPEG files encoded on the GPU."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from PIL import Image

from tests.patience import PATIENCE
from vultorch_widget.pictures import attempts
from vultorch_widget.pictures.gpu_jpeg import AT_ONCE, GpuJpeg, open_gpu_jpeg
from vultorch_widget.pictures.jpeg import encode_jpeg, jpeg_library
from vultorch_widget.pictures.jpeg_thread import JpegThread, jpeg_thread
from vultorch_widget.pictures.nvjpeg import NvJpeg


@pytest.fixture
def encoder(cuda: torch.device) -> Iterator[GpuJpeg]:
    made = open_gpu_jpeg(cuda)
    assert made is not None
    yield made
    made.close()


def smooth(height: int, width: int, seed: int) -> torch.Tensor:
    coarse = torch.rand(1, 4, 5, 5, device="cuda", generator=torch.Generator("cuda").manual_seed(seed))
    values = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic")[0].permute(1, 2, 0)
    return (values.clamp(0, 1) * 255).to(torch.uint8).contiguous()


def decoded(file: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB")).astype(int)


def test_pictures_encoded_together_equal_those_of_the_host(encoder):
    sizes = [(64 + 40 * number, 1100 - 37 * number) for number in range(2 * AT_ONCE + 3)]
    pictures = [smooth(height, width, seed) for seed, (height, width) in enumerate(sizes)]
    torch.cuda.synchronize()
    files = list(encoder.encode_all((picture, 60 + 2 * number) for number, picture in enumerate(pictures)))
    assert len(files) == len(pictures)
    for number, (file, picture) in enumerate(zip(files, pictures, strict=True)):
        host = decoded(encode_jpeg(picture.cpu().numpy(), 60 + 2 * number))
        assert np.abs(decoded(file) - host).mean() < 1


def test_a_file_larger_than_the_buffer_is_whole(encoder):
    noise = torch.randint(0, 256, (2160, 3840, 4), dtype=torch.uint8, device="cuda")
    torch.cuda.synchronize()
    (file,) = encoder.encode_all([(noise, 95)])
    assert len(file) > 4 << 20
    assert decoded(file).shape == (2160, 3840, 3)


def test_a_busy_gpu_is_not_waited_for(cuda):
    """No work queued on the default stream has to end first."""
    picture, values = smooth(1080, 1920, 0), torch.rand(4096, 4096, device="cuda")
    thread, stream = jpeg_thread(cuda), torch.cuda.Stream(priority=-1)
    thread.start([(picture, 85)], stream, torch.cuda.current_stream().synchronize).result()
    values @ values
    torch.cuda.synchronize()
    for _ in range(300):
        values @ values
    queued = torch.cuda.Event()
    queued.record()
    began = time.perf_counter()
    (file,) = thread.start([(picture, 85)], stream, lambda: None).result()
    assert file[:2] == b"\xff\xd8"
    took = time.perf_counter() - began
    assert not queued.query()
    torch.cuda.synchronize()
    assert took < (time.perf_counter() - began) / 2


def test_equal_pictures_make_equal_files(encoder):
    picture = smooth(1100, 1200, 1)
    torch.cuda.synchronize()
    assert len({file for _ in range(5) for file in encoder.encode_all([(picture, 85)] * 3)}) == 1


def test_a_lost_gpu_raises_for_every_file(cuda):

    def wait() -> None:
        raise RuntimeError("lost")

    files = jpeg_thread(cuda).start([(smooth(32, 32, 0), 85)] * 2, torch.cuda.Stream(), wait)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="lost"):
            files.result()


def refuse(*_: object) -> None:
    raise RuntimeError("nvjpegEncodeImage: allocation failed (5)")


def test_a_failure_of_the_library_loses_no_file_and_is_not_for_good(cuda, monkeypatch):
    thread, stream = JpegThread(cuda), torch.cuda.Stream(priority=-1)
    picture = smooth(1080, 1920, 0)
    jobs = [(picture, 85), (picture[:64, :64], 85)]

    def made() -> tuple[list[np.ndarray], str]:
        files = thread.start(jobs, stream, torch.cuda.current_stream().synchronize)
        return [decoded(file) for file in files.result()], files.problem

    first, problem = made()
    assert (problem, thread.library) == ("", f"{jpeg_library()} + nvJPEG")
    monkeypatch.setattr(attempts, "PAUSE", 0.0)
    with monkeypatch.context() as full:
        full.setattr(NvJpeg, "encode", refuse)
        thread._gpu._pause = 0.0
        for _ in range(3):  # while encoding, and then while opening
            second, problem = made()
            assert (problem, thread.library) == ("nvjpegEncodeImage: allocation failed (5)", jpeg_library())
            assert all(np.abs(one - other).mean() < 1 for one, other in zip(first, second, strict=True))
    third, problem = made()
    assert (problem, thread.library) == ("", f"{jpeg_library()} + nvJPEG")
    assert all((one == other).all() for one, other in zip(first, third, strict=True))
    thread._end()


def test_opening_again_and_again_takes_no_memory(cuda):
    picture = smooth(2160, 3840, 0)
    torch.cuda.synchronize()

    def free_after_another() -> int:
        encoder = open_gpu_jpeg(cuda)
        list(encoder.encode_all([(picture, 85)]))
        encoder.close()
        torch.cuda.empty_cache()
        return torch.cuda.mem_get_info()[0]

    free = [free_after_another() for _ in range(8)]
    assert free[-1] > free[1] - (16 << 20)


def test_an_encoder_keeps_no_picture(encoder):
    picture = smooth(2160, 3840, 0)
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    list(encoder.encode_all([(picture, 85)] * AT_ONCE))
    assert torch.cuda.memory_allocated() == before


AT_EXIT = """
import atexit, torch
from vultorch_widget.pictures.jpeg_thread import jpeg_thread

def last(side):
    picture = torch.zeros(side, side, 4, dtype=torch.uint8, device="cuda")
    files = thread.start([(picture, 85)], torch.cuda.Stream(), torch.cuda.current_stream().synchronize)
    print(side, len(files.result()), flush=True)

atexit.register(lambda: [last(64), last(1100)])  # runs after the thread's own, which is registered later
thread = jpeg_thread(torch.device("cuda", 0))
last(32)
"""


def test_files_are_made_while_the_process_exits():
    done = subprocess.run(
        [sys.executable, "-c", AT_EXIT], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, ["32", "1", "64", "1", "1100", "1"]), done.stderr


@pytest.mark.parametrize(("warm", "side"), [(64, 400), (1100, 1300)])
def test_a_capture_on_another_thread_goes_on(cuda, warm, side):
    """Though files are made meanwhile, and need more memory than ever before."""
    thread, stream = JpegThread(cuda), torch.cuda.Stream(priority=-1)
    count = torch.zeros((), device="cuda")
    pictures = [smooth(length, length, 0) for length in (warm, side)]
    torch.cuda.synchronize()
    thread.start([(pictures[0], 85)], stream, lambda: None).result()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, capture_error_mode="global"):
        count += 1
        files = thread.start([(pictures[1], 85)], stream, lambda: None)
        files.wait()
        count += 1
    (file,) = files.result()
    assert files.problem == ""
    assert np.abs(decoded(file) - decoded(encode_jpeg(pictures[1].cpu().numpy(), 85))).mean() < 1
    graph.replay()
    assert count.item() == 2
    thread._end()
