"""The writers' files, decoded again: frames, times and pixels."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import psutil
import pytest
from PIL import Image

from vultorch_widget.pictures.pixels import Pixels
from vultorch_widget.video.writer import writer_for

Decoded = tuple[list[Pixels], list[float]]
"""Frames, and the duration of each in seconds."""


def by_pillow(file: bytes) -> Decoded:
    frames, seconds = [], []
    with Image.open(io.BytesIO(file)) as image:
        for index in range(image.n_frames):
            image.seek(index)
            # An animated WebP has a frame's duration only after decoding it.
            image.load()
            frames.append(np.asarray(image.convert("RGB")))
            seconds.append(image.info["duration"] / 1000)
    return frames, seconds


def by_av(file: bytes) -> Decoded:
    with av.open(io.BytesIO(file)) as container:
        pictures = list(container.decode(video=0))
    at = [float(picture.time) for picture in pictures]
    return [picture.to_ndarray(format="rgb24") for picture in pictures], list(np.diff(at))


FORMATS: dict[str, Callable[[bytes], Decoded]] = {"a.gif": by_pillow, "a.webp": by_pillow, "a.mp4": by_av}


def written(name: str, frames: list[Pixels], times: list[float], quality: float = 0.9) -> bytes:
    """A file of ``frames``, each shown from its time on, and the last until the last of ``times``."""
    file = io.BytesIO()
    writer = writer_for(Path(name))(file, quality, 30.0)
    for pixels, at in zip(frames, times[:-1], strict=True):
        writer.add(pixels, at)
    writer.finish(times[-1])
    return file.getvalue()


def moving(count: int, height: int = 48, width: int = 64) -> list[Pixels]:
    """A red square moves over a gradient, one step per frame."""
    frames = []
    for step in range(count):
        pixels = np.zeros((height, width, 4), np.uint8)
        pixels[..., 1] = np.linspace(0, 200, width).astype(np.uint8)
        pixels[8:24, 2 * step : 2 * step + 16] = (255, 0, 0, 255)
        frames.append(pixels)
    return frames


@pytest.mark.parametrize("name", FORMATS)
def test_frames_come_back_with_their_times(name: str) -> None:
    frames = moving(6)
    times = [10.0, 10.05, 10.1, 10.3, 10.35, 10.45, 10.5]
    decoded, seconds = FORMATS[name](written(name, frames, times))
    assert len(decoded) == (7 if name == "a.mp4" else 6)  # MP4 repeats the last frame, so that it is shown at all
    np.testing.assert_allclose(seconds[:5], np.diff(times)[:5], atol=0.011)
    for pixels, back in zip(frames, decoded, strict=False):
        assert np.abs(back.astype(int) - pixels[..., :3]).mean() < 6


@pytest.mark.parametrize("name", ["a.gif", "a.webp"])
def test_rounding_errors_are_carried_over(name: str) -> None:
    """33.3 ms is not a whole number of hundredths or thousandths of a second, but 90 of them must take 3 seconds."""
    frames = [np.full((8, 8, 3), step * 2, np.uint8) for step in range(90)]
    times = [step / 30 for step in range(91)]
    _, seconds = FORMATS[name](written(name, frames, times))
    assert sum(seconds) == pytest.approx(3.0, abs=0.011)
    assert min(seconds) >= (0.03 if name == "a.gif" else 0.033)


@pytest.mark.parametrize("name", ["a.gif", "a.webp"])
def test_an_unchanged_frame_takes_no_space(name: str) -> None:
    one, other = np.zeros((16, 16, 3), np.uint8), np.full((16, 16, 3), 200, np.uint8)
    decoded, seconds = FORMATS[name](written(name, [one, one, one, other, other], [0, 0.1, 0.2, 0.3, 0.4, 0.5]))
    assert len(decoded) == 2
    assert seconds == [pytest.approx(0.3), pytest.approx(0.2)]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 7), (33, 21)])
def test_odd_sizes(name: str, height: int, width: int) -> None:
    frames = [np.full((height, width, 4), value, np.uint8) for value in (10, 240)]
    decoded, _ = FORMATS[name](written(name, frames, [0.0, 0.1, 0.2]))
    assert decoded[0].shape[:2] == ((height + height % 2, width + width % 2) if name == "a.mp4" else (height, width))
    assert abs(int(decoded[0].mean()) - 10) < 8
    assert abs(int(decoded[1].mean()) - 240) < 8


def test_higher_quality_takes_more_bytes() -> None:
    noise = np.random.default_rng(0)
    frames = [noise.integers(0, 255, (64, 64, 3), np.uint8) for _ in range(4)]
    times = [0.0, 0.1, 0.2, 0.3, 0.4]
    for name in FORMATS:
        assert len(written(name, frames, times, 0.1)) < 0.8 * len(written(name, frames, times, 0.9)), name


def test_webp_of_quality_1_is_exact() -> None:
    frames = [np.ascontiguousarray(pixels[..., :3]) for pixels in moving(4)]
    decoded, _ = by_pillow(written("a.webp", frames, [0.0, 0.1, 0.2, 0.3, 0.4], 1.0))
    for pixels, back in zip(frames, decoded, strict=True):
        np.testing.assert_array_equal(pixels, back)


def test_other_formats_are_refused() -> None:
    with pytest.raises(ValueError, match=r"'\.avi' is not one of \.gif, \.webp, \.mp4"):
        writer_for(Path("a.avi"))
    assert writer_for(Path("A.GIF")) is writer_for(Path("b.gif"))


@pytest.mark.parametrize("name", FORMATS)
def test_memory_does_not_grow_with_the_recording(name: str) -> None:
    """1,000 frames of 256 x 256 are 188 MiB. Memory grew by at most 10 MiB when measured, also for 2,000 frames."""
    process = psutil.Process()
    y, x = np.mgrid[0:256, 0:256]
    with tempfile.TemporaryFile() as file:
        writer = writer_for(Path(name))(file, 0.8, 30.0)
        begun = 0
        for step in range(1000):
            wave = (np.sin((x + y + 5 * step) / 30) * 100 + 120).astype(np.uint8)
            writer.add(np.repeat(wave[..., None], 3, 2), step / 30)
            if step == 50:
                begun = process.memory_info().rss
        grown = process.memory_info().rss - begun
        writer.finish(1000 / 30)
        assert file.tell() > 50_000
    assert grown < 64 << 20
