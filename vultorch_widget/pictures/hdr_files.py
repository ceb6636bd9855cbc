"""Pictures with values beyond 1: OpenEXR and Radiance HDR files, read and written by OpenImageIO, an optional
dependency.

OpenImageIO reads and writes both formats, is maintained by the foundation behind OpenEXR, and depends on NumPy alone.
It is imported on first use.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..basics import atomic_file

if TYPE_CHECKING:
    from types import ModuleType

FORMATS = {".exr": "EXR", ".hdr": "HDR"}
"""Format by the extension of the file to write."""
_SIGNATURES = (b"\x76\x2f\x31\x01", b"#?RADIANCE", b"#?RGBE")
_UPRIGHT = 1

Floats = npt.NDArray[np.float32]


def holds(path: str | os.PathLike[str]) -> bool:
    """True if the file's content is in one of these formats. Raises OSError if it cannot be read."""
    with Path(path).open("rb") as file:
        return file.read(10).startswith(_SIGNATURES)


def read(path: str | os.PathLike[str]) -> Floats:
    """Reads (H, W, 1|3|4) float32 with the file's own values: grey, or red, green, blue and alpha.

    Raises ValueError, naming the path, for a damaged file or other channels; ImportError, naming the package to
    install, without OpenImageIO.
    """
    oiio = _library(path)
    try:
        return _read(oiio, path)
    except (UnicodeDecodeError, MemoryError, OverflowError, RuntimeError, TypeError) as error:
        # The binding's exceptions for names that are not text, and for impossible sizes.
        raise ValueError(f"{path} is damaged and cannot be read as a picture: {error}") from error


def _read(oiio: Any, path: str | os.PathLike[str]) -> Floats:
    source = oiio.ImageInput.open(str(path))
    if source is None:
        raise ValueError(f"{path} cannot be read as a picture: {oiio.geterror()}")
    try:
        spec = source.spec()
        chosen = _chosen(path, spec.channelnames)
        pixels = source.read_image("float")
        if pixels is None:
            raise ValueError(f"{path} cannot be read as a picture: {source.geterror()}")
        return _upright(oiio, pixels, spec.get_int_attribute("Orientation", _UPRIGHT))[..., chosen]
    finally:
        source.close()


def write(path: Path, values: Floats, kind: str, bits: int) -> None:
    """Writes ``values``, (H, W, 1|3|4), as EXR with 16 or 32 bits per channel, or (H, W, 3) as HDR.

    Raises OSError, naming the path, if it cannot be written; ImportError, naming the package to install, without
    OpenImageIO.
    """
    oiio = _library(path)
    height, width, channels = values.shape
    spec = oiio.ImageSpec(width, height, channels, "half" if bits == 16 else "float")
    out = oiio.ImageOutput.create(kind.lower())
    with atomic_file.whole(path) as file:
        if out is None or not out.open(file.name, spec):
            raise OSError(f"{path} cannot be written: {oiio.geterror() if out is None else out.geterror()}")
        written = out.write_image(np.ascontiguousarray(values))
        if not (out.close() and written):
            raise OSError(f"{path} cannot be written: {out.geterror()}")


def _chosen(path: str | os.PathLike[str], names: tuple[str, ...]) -> list[int]:
    """Indices of the channels to show: red, green, blue and alpha; otherwise the luminance or the only channel."""
    places = {name.upper(): index for index, name in enumerate(names)}
    if {"R", "G", "B"} <= places.keys():
        return [places[name] for name in ("R", "G", "B", "A") if name in places]
    if "Y" in places:
        return [places["Y"]]
    if len(names) == 1:
        return [0]
    raise ValueError(
        f"{path} has the channels {', '.join(names)}; a picture has R, G and B (and A), or Y, or a single one"
    )


def _upright(oiio: Any, pixels: Floats, orientation: int) -> Floats:
    """``pixels`` in display orientation. Radiance files may be stored in any direction."""
    if orientation == _UPRIGHT:
        return pixels
    buffer = oiio.ImageBuf(pixels)
    buffer.orientation = orientation
    turned: Floats = oiio.ImageBufAlgo.reorient(buffer).get_pixels(oiio.FLOAT)
    return turned


def _library(path: str | os.PathLike[str]) -> ModuleType:
    try:
        import OpenImageIO  # noqa: PLC0415 (optional)
    except ImportError as error:
        raise ImportError(f'{path}: EXR and HDR files need OpenImageIO: pip install "vultorch-widget[hdr]"') from error
    return OpenImageIO
