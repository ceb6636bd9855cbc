"""What every format is written by, and which file names choose which."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from ..pictures.pixels import Pixels


class Writer(Protocol):
    """Writes one moving picture into a file as its frames come; holds a frame or two, however many there are."""

    def add(self, pixels: Pixels, at: float) -> None:
        """The next frame, (height, width, 3 or 4) uint8, all of one size; shown from ``at`` seconds on, rising."""

    def finish(self, at: float) -> None:
        """Ends the file; the last frame is shown until ``at``. At least one frame has to be there."""


MakeWriter = Callable[[BinaryIO, float, float], Writer]
"""Makes a writer into a file of a quality in 0..1 for at most so many frames a second."""


def _gif(file: BinaryIO, quality: float, fps: float) -> Writer:  # noqa: ARG001 (its frames have times of their own)
    from .gif import GifWriter  # noqa: PLC0415 (Pillow, when it is first needed)

    return GifWriter(file, quality)


def _webp(file: BinaryIO, quality: float, fps: float) -> Writer:  # noqa: ARG001
    from .webp import WebpWriter  # noqa: PLC0415

    return WebpWriter(file, quality)


def _mp4(file: BinaryIO, quality: float, fps: float) -> Writer:
    from .mp4 import Mp4Writer  # noqa: PLC0415 (an extra)

    return Mp4Writer(file, quality, fps)


_FORMATS: dict[str, MakeWriter] = {".gif": _gif, ".webp": _webp, ".mp4": _mp4}


def writer_for(path: Path) -> MakeWriter:
    """What writes files named like ``path``.

    Raises ValueError, naming the suffix and those that are accepted, and for MP4 ImportError where PyAV is missing.
    """
    suffix = path.suffix.lower()
    if suffix not in _FORMATS:
        raise ValueError(f"recording {str(path)!r}: format {path.suffix!r} is not one of {', '.join(_FORMATS)}")
    if suffix == ".mp4":
        from .mp4 import check_available  # noqa: PLC0415

        check_available()
    return _FORMATS[suffix]
