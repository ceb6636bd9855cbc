"""JPEG files encoded on the GPU."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
import torch
from PIL import Image

from vultorch_widget.pictures.gpu_jpeg import AT_ONCE, GpuJpeg, gpu_jpeg
from vultorch_widget.pictures.jpeg import encode_jpeg
from vultorch_widget.pictures.jpeg_thread import jpeg_thread


@pytest.fixture
def encoder(cuda: torch.device) -> GpuJpeg:
    made = gpu_jpeg(cuda)
    assert made is not None
    return made


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
