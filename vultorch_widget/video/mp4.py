"""MP4 with H.264, by PyAV."""

from __future__ import annotations

import importlib.util
from fractions import Fraction
from typing import Any, BinaryIO

import numpy as np

from ..pictures.pixels import Pixels

_ENCODERS = ("libx264", "libopenh264", "h264_videotoolbox", "mpeg4")
"""Encoders from best to worst. Builds of PyAV differ in which they have."""
_CLOCK = Fraction(1, 1000)


def check_available() -> None:
    """Raises ImportError, naming the package to install, if PyAV is missing."""
    if importlib.util.find_spec("av") is None:
        raise ImportError(
            'recordings as MP4 need PyAV: pip install "vultorch-widget[video]", or record a .gif or .webp'
        )


class Mp4Writer:
    """Writes H.264 in 4:2:0, which every browser plays. Odd sides are extended by repeating the last pixel.

    ``quality`` 0..1 becomes a constant rate factor from 40 to 15, or a bit rate for encoders without one.
    """

    def __init__(self, file: BinaryIO, quality: float, fps: float) -> None:
        check_available()
        import av  # noqa: PLC0415 (optional)

        self._av = av
        self._container = av.open(file, "w", format="mp4")
        self._quality = quality
        self._fps = fps
        self._stream: Any = None
        self._begun = 0.0
        self._told = -1  # milliseconds of the last frame
        self._last: Pixels | None = None

    def add(self, pixels: Pixels, at: float) -> None:
        """See `Writer`."""
        pixels = _even(pixels[..., :3])
        if self._stream is None:
            self._begun = at
            self._stream = self._open_stream(pixels.shape[1], pixels.shape[0])
        self._told = max(round((at - self._begun) * 1000), self._told + 1)
        frame = self._av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts, frame.time_base = self._told, _CLOCK
        self._container.mux(self._stream.encode(frame))
        self._last = pixels

    def finish(self, at: float) -> None:
        """See `Writer`."""
        if self._last is None:
            raise RuntimeError("a moving picture has at least one frame")
        self.add(self._last, at - 1 / self._fps)  # the file ends shortly after its last frame starts
        self._container.mux(self._stream.encode(None))
        self._container.close()

    def _open_stream(self, width: int, height: int) -> Any:
        encoder = next(name for name in _ENCODERS if name in self._av.codecs_available)
        stream: Any = self._container.add_stream(encoder, rate=Fraction(self._fps).limit_denominator(1000))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = _CLOCK
        if encoder == "libx264":
            stream.options = {"crf": str(round(40 - 25 * self._quality)), "preset": "veryfast"}
        else:
            stream.bit_rate = round(width * height * self._fps * (0.02 + 0.2 * self._quality))
        return stream


def _even(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    return np.ascontiguousarray(np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge"))
