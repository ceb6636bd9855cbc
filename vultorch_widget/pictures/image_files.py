"""Reads and writes picture files. Pillow is imported on first use."""

from __future__ import annotations

import operator
import os
import reprlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from ..basics import atomic_file
from . import hdr_files, tensors
from .arrangement import GAP, Layout, arrangement, laid_out
from .foreign import as_tensor, deep, is_deep
from .grid import Columns

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".bmp": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
"""Formats that Pillow reads and writes, by the extension of the file to write. `hdr_files` handles the others."""
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_MOST_PIXELS = {"JPEG": 65500, "WEBP": 16383}
"""Maximum pixels along a side."""
_MOST_HDR = 1e38
"""Largest value in HDR, whose exponent has eight bits."""
_LUMA = (0.299, 0.587, 0.114)
"""Weights of ITU-R BT.601, as in Pillow's conversion to grey."""


def read(path: str | os.PathLike[str], *, channels: int = 4, size: tuple[int, int] | None = None) -> torch.Tensor:
    """Reads a picture file: (H, W, ``channels``) float32 in 0..1, on the CPU, rotated according to its EXIF data.

    EXR and HDR files keep their values, which are usually linear light and may exceed 1.

    Args:
        path: A PNG, JPEG, WebP, BMP, TIFF, EXR or HDR file, recognised by its content, not its name.
        channels: 1 (grey), 3 (colour; transparency is dropped) or 4 (colour and alpha).
        size: (height, width) to resample to, bilinear and antialiased; None keeps the picture's own.

    16-bit grey is read exactly; 16-bit colour is reduced to 8 bits by Pillow. Raises FileNotFoundError; ValueError,
    naming the path, for a damaged file, for one that is not such a picture, and for other channels or sizes;
    ImportError for EXR and HDR without OpenImageIO (``pip install "vultorch-widget[hdr]"``).

    """
    try:
        _check_channels(channels)
        size = None if size is None else checked_size(size)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    if hdr_files.holds(path):
        values = _with_channels(torch.from_numpy(hdr_files.read(path)), channels)
    else:
        values = _read_by_pillow(path, channels)
    return values if size is None else resize(values, size)


def _read_by_pillow(path: str | os.PathLike[str], channels: int) -> torch.Tensor:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415

    try:
        with Image.open(path, formats=sorted(set(FORMATS.values()))) as picture:
            return from_pil(picture, channels)
    except UnidentifiedImageError as error:
        raise ValueError(f"{path} cannot be read as a picture; accepted are {_names()}") from error
    except FileNotFoundError:
        raise
    # Pillow raises OSError for truncated files, among others, and SyntaxError for a broken PNG.
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} cannot be read as a picture: {error}") from error


def from_pil(picture: Image, channels: int = 4) -> torch.Tensor:
    """Converts a Pillow image of any mode to (H, W, ``channels``) float32 in 0..1. Mode F keeps its values.

    Raises ValueError for channels other than 1, 3 and 4, and for integers beyond 16 bits.
    """
    from PIL import ImageOps  # noqa: PLC0415

    _check_channels(channels)
    picture = ImageOps.exif_transpose(picture)
    if is_deep(picture):
        return _with_channels(deep(picture)[..., None], channels)
    if picture.mode == "P":  # the palette may contain transparency
        picture = picture.convert("RGBA")
    array = np.array(picture.convert(_MODES[channels]), dtype=np.float32) / 255
    return torch.from_numpy(array.reshape(picture.height, picture.width, channels))


def _check_channels(channels: int) -> None:
    if channels not in _MODES:
        raise ValueError(f"channels must be 1, 3 or 4, not {channels}")


def imwrite(
    path: str | os.PathLike[str],
    tensor: torch.Tensor | npt.NDArray[Any] | Image,
    *,
    channels: int = 0,
    size: tuple[int, int] | None = None,
    quality: int = 95,
    bits: int = 0,
    layout: Layout | None = None,
    columns: Columns = "auto",
    gap: int = GAP,
) -> None:
    """Writes ``tensor`` to a file, in the format named by the extension of ``path``.

    The extensions are ``.png``, ``.jpg`` or ``.jpeg``, ``.webp``, ``.bmp``, ``.tif`` or ``.tiff``, ``.exr`` and
    ``.hdr``.

    Args:
        path: An existing file is replaced.
        tensor: (H, W), (H, W, 1|3|4) or any other ``layout``, floating point in 0..1 (clamped), uint8 or bool, on any
            device; or an array or Pillow image. EXR keeps any value, NaN and infinity included; HDR keeps 8 bits of
            positive values up to 1e38.
        channels: 1, 3 or 4, or 0 for the tensor's own; then JPEG, BMP and HDR drop alpha, and HDR writes three channels
            for gray. Colour becomes gray by its luma, gray becomes colour by repetition, and added alpha is 1.
        size: (height, width) to resample to, bilinear and antialiased.
        quality: 1 to 100, for JPEG and WebP.
        bits: 8, or 16 for a single channel as PNG or TIFF; 16 or 32 in EXR; 0 for the format's default: 8, in EXR 32.
        layout: The meaning of the axes, such as ``"NCHW"``; see `Canvas.bind`. A batch is written as a grid.
        columns: Pictures per row of a grid; ``"auto"`` makes it about square.
        gap: Texels between the pictures of a grid, gray.

    Raises ValueError, naming the path, for any other argument, for an empty tensor, and for NaN in formats other than
    EXR; OSError if the file cannot be written; ImportError for EXR and HDR without OpenImageIO (``pip install
    "vultorch-widget[hdr]"``).

    """
    path = Path(path)
    kind = (FORMATS | hdr_files.FORMATS).get(path.suffix.lower())
    if kind is None:
        raise ValueError(
            f"{path}: {path.suffix or 'no extension'!r} is not a format that can be written; use {_names()}"
        )
    try:
        tensor = laid_out(as_tensor(tensor), arrangement(layout, columns, gap))
        channels = _checked_channels(channels or _own_channels(tensor, kind), kind)
        bits = _checked_bits(bits, kind, channels)
        quality = _checked_quality(quality)
        values = _with_channels(_values(tensor, kind), channels)
        values = values if size is None else resize(values, size)
        _check_sides(values, kind)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    try:
        if path.suffix.lower() in hdr_files.FORMATS:
            hdr_files.write(path, values.numpy(), kind, bits)
        else:
            atomic_file.write(path, _encoded(path, _quantised(values, bits), kind, quality))
    except OSError as error:
        if error.errno is None:  # from OpenImageIO
            raise
        raise OSError(error.errno, f"{path} cannot be written: {error.strerror}") from error


def _encoded(path: Path, pixels: npt.NDArray[np.uint8 | np.uint16], kind: str, quality: int) -> bytes:
    """The content of a file. Encoded in memory first, so that encoder errors are not mistaken for disk errors."""
    from PIL import Image  # noqa: PLC0415

    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    lossy = {"quality": quality} if kind in ("JPEG", "WEBP") else {}
    content = BytesIO()
    try:
        picture.save(content, kind, **lossy)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error
    return content.getvalue()


def _own_channels(tensor: torch.Tensor, kind: str) -> int:
    own = tensors.channel_count(tensor)
    if kind == "HDR":
        return 3
    return 3 if own == 4 and kind in ("JPEG", "BMP") else own


def _checked_channels(channels: int, kind: str) -> int:
    if channels not in _MODES:
        raise ValueError(f"channels must be 0 (the tensor's own), 1, 3 or 4, not {channels}")
    if channels == 4 and kind in ("JPEG", "BMP", "HDR"):
        raise ValueError(f"{kind} holds no alpha; pass channels=3, or write PNG, WebP, TIFF or EXR")
    if channels == 1 and kind == "HDR":
        raise ValueError("HDR cannot store grey; pass channels=3, or write EXR")
    return channels


def _checked_bits(bits: int, kind: str, channels: int) -> int:
    """The bits per channel to write; 0 gives the format's default."""
    allowed = {"EXR": (32, 16), "HDR": ()}.get(kind, (8, 16))
    if bits == 0:
        return allowed[0] if allowed else 0
    if not allowed:
        raise ValueError(f"{kind} has its own bit depth; pass bits=0, or write EXR, not {bits}")
    if bits not in allowed:
        raise ValueError(f"bits must be {' or '.join(map(str, sorted(allowed)))} in {kind}, not {bits}")
    if bits == 16 and kind != "EXR" and (channels != 1 or kind not in ("PNG", "TIFF")):
        raise ValueError(f"16 bits are for one channel as PNG or TIFF, and for EXR, not for {channels} as {kind}")
    return bits


def _checked_quality(quality: int) -> int:
    try:
        whole = operator.index(quality)
    except TypeError as error:
        raise ValueError(f"quality must be a whole number, 1 to 100, not {reprlib.repr(quality)}") from error
    if not 1 <= whole <= 100:
        raise ValueError(f"quality must be 1 to 100, not {whole}")
    return whole


def _check_sides(values: torch.Tensor, kind: str) -> None:
    height, width = values.shape[:2]
    most = _MOST_PIXELS.get(kind)
    if most is not None and max(height, width) > most:
        raise ValueError(f"{kind} has at most {most} pixels along a side, and this picture is {height} x {width}")


def _values(tensor: torch.Tensor, kind: str) -> torch.Tensor:
    """(H, W, C) float32 on the CPU, in the range of the format ``kind``."""
    values = tensor.detach().to("cpu", torch.float32).resolve_neg()
    values = values / 255 if tensor.dtype == torch.uint8 else values
    values = values if values.dim() == 3 else values[..., None]
    if values.numel() == 0:
        raise ValueError(f"a tensor of shape {tuple(tensor.shape)} has no pixels to write")
    if kind == "EXR":
        return values
    if bool(values.isnan().any()):
        raise ValueError(f"{int(values.isnan().sum())} values are NaN; nan_to_num makes them numbers, or write EXR")
    return values.clamp(0, _MOST_HDR if kind == "HDR" else 1)


def _quantised(values: torch.Tensor, bits: int) -> npt.NDArray[np.uint8 | np.uint16]:
    """(H, W, C) values in 0..1 as uint8 or uint16."""
    top = 2**bits - 1
    whole: npt.NDArray[np.float64] = (values.clamp(0, 1).double() * top + 0.5).floor().numpy()
    return whole.astype(np.uint8) if bits == 8 else whole.astype(np.uint16)


def _with_channels(values: torch.Tensor, channels: int) -> torch.Tensor:
    """Converts (H, W, 1|3|4) floating point to ``channels`` channels."""
    own = values.shape[2]
    if own == channels:
        return values
    if channels == 1:
        return (values[..., :3] * values.new_tensor(_LUMA)).sum(dim=2, keepdim=True)
    color = values.expand(-1, -1, 3) if own == 1 else values[..., :3]
    return color.contiguous() if channels == 3 else functional.pad(color, (0, 1), value=1.0)


def resize(values: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Resamples (H, W, C) float32 to (height, width, C), bilinear and antialiased. A fourth channel weights the
    colours.

    Raises ValueError for an invalid size.
    """
    size = checked_size(size)
    if tuple(values.shape[:2]) == size:
        return values
    if values.shape[2] == 4:  # otherwise transparent texels would bleed into their surroundings
        values = torch.cat([values[..., :3] * values[..., 3:], values[..., 3:]], dim=2)
    planes = functional.interpolate(
        values.permute(2, 0, 1)[None], size, mode="bilinear", align_corners=False, antialias=True
    )
    result = planes[0].permute(1, 2, 0).contiguous()
    if values.shape[2] == 4:
        result[..., :3] /= result[..., 3:].clamp(min=1e-6)
    return result


def checked_size(size: Any, meaning: str = "(height, width)") -> tuple[int, int]:
    """``size``, a sequence, array or tensor, as (height, width) in pixels.

    Raises ValueError, which contains ``meaning``, unless it is two whole numbers of at least 1.
    """
    try:
        height, width = map(operator.index, size)
    except (TypeError, ValueError):
        height = width = 0
    if min(height, width) < 1:
        raise ValueError(f"size must be {meaning}, whole numbers of at least 1, not {reprlib.repr(size)}")
    return height, width


def _names() -> str:
    return ", ".join(FORMATS | hdr_files.FORMATS)
