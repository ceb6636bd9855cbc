"""The interface of the film writers, and the choice by file name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from ..pictures.pixels import Pixels


class Writer(Protocol):
    """Writes a film to a file as its frames arrive. Keeps at most a frame or two in memory."""

    def add(self, pixels: Pixels, at: float) -> None:
        """Adds a frame, (height, width, 3 or 4) uint8, shown from ``at`` seconds on. Sizes are equal, times
        increase.
        """

    def finish(self, at: float) -> None:
        """Ends the file; the last frame is shown until ``at``. Needs at least one frame."""


MakeWriter = Callable[[BinaryIO, float, float], Writer]
"""Makes a writer from the file, the quality in 0..1, and the most frames per second."""


def _gif(file: BinaryIO, quality: float, fps: float) -> Writer:  # noqa: ARG001 (GIF has a time for each frame)
    from .gif import GifWriter  # noqa: PLC0415 (imports Pillow)

    return GifWriter(file, quality)


def _webp(file: BinaryIO, quality: float, fps: float) -> Writer:  # noqa: ARG001
    from .webp import WebpWriter  # noqa: PLC0415

    return WebpWriter(file, quality)


def _mp4(file: BinaryIO, quality: float, fps: float) -> Writer:
    from .mp4 import Mp4Writer  # noqa: PLC0415 (optional)

    return Mp4Writer(file, quality, fps)


_FORMATS: dict[str, MakeWriter] = {".gif": _gif, ".webp": _webp, ".mp4": _mp4}


def writer_for(path: Path) -> MakeWriter:
    """The writer for files named like ``path``.

    Raises ValueError, naming the suffix and the accepted ones, and ImportError for MP4 without PyAV.
    """
    suffix = path.suffix.lower()
    if suffix not in _FORMATS:
        raise ValueError(f"recording {str(path)!r}: format {path.suffix!r} is not one of {', '.join(_FORMATS)}")
    if suffix == ".mp4":
        from .mp4 import check_available  # noqa: PLC0415

        check_available()
    return _FORMATS[suffix]
