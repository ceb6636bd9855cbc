"""Writes animated WebP frame by frame: https://developers.google.com/speed/webp/docs/riff_container

Pillow encodes each frame. It could also assemble them, but would keep all of them uncompressed in memory until then.
"""

from __future__ import annotations

import io
import struct
from typing import BinaryIO

from ..pictures.pixels import Pixels, to_image
from .frame_diff import FrameDiff

_ANIMATED = 0x02
_REPLACES = 0x02  # instead of blending with the previous frame
_MOST = (1 << 24) - 1


class WebpWriter:
    """Writes a lossy WebP that repeats for ever. ``quality`` 0..1 is WebP's own, lossless at 1.

    Times are in milliseconds, at least 11: viewers treat shorter times as 100.
    """

    def __init__(self, file: BinaryIO, quality: float) -> None:
        self._file = file
        self._quality = quality
        self._changes = FrameDiff(self._write, rate=1000, least=11, most=_MOST, even=True)
        self._begun = False

    def add(self, pixels: Pixels, at: float) -> None:
        """See `Writer`. Sides are at most 16,383 pixels."""
        if not self._begun:
            self._begun = True
            height, width = pixels.shape[:2]
            self._file.write(b"RIFF\0\0\0\0WEBP")
            canvas = struct.pack("<I", _ANIMATED) + _u24(width - 1) + _u24(height - 1)
            self._file.write(_chunk(b"VP8X", canvas) + _chunk(b"ANIM", bytes(6)))
        self._changes.add(pixels, at)

    def finish(self, at: float) -> None:
        """See `Writer`."""
        self._changes.finish(at)
        size = self._file.tell()
        self._file.seek(4)
        self._file.write(struct.pack("<I", size - 8))
        self._file.seek(size)

    def _write(self, pixels: Pixels, left: int, top: int, ticks: int) -> None:
        height, width = pixels.shape[:2]
        still = io.BytesIO()
        lossless = self._quality == 1
        to_image(pixels).save(still, "WEBP", quality=round(100 * self._quality), method=2, lossless=lossless)
        place = _u24(left // 2) + _u24(top // 2) + _u24(width - 1) + _u24(height - 1)
        head = place + _u24(ticks) + bytes([_REPLACES])
        self._file.write(_chunk(b"ANMF", head + _bitstream(still.getvalue())))


def _bitstream(file: bytes) -> bytes:
    """The chunk with the pixels of a still WebP."""
    at = 12
    while at < len(file):
        name, size = struct.unpack_from("<4sI", file, at)
        if name in (b"VP8 ", b"VP8L"):
            return _chunk(name, file[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    raise ValueError(f"a WebP file of {len(file)} bytes has no picture in it")


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def _u24(value: int) -> bytes:
    return struct.pack("<I", value)[:3]
