"""Checks of the picture and the device before a training begins."""

from __future__ import annotations

import warnings
from pathlib import Path

from .arguments import existing_file
from .console import CommandError

LEAST_SIDE = 8
MOST_SIDE = 16_384
MOST_PIXELS = 100_000_000


def checked_picture(path: Path) -> None:
    """Raises CommandError unless ``path`` is a picture of a supported size. Reads only its header."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 (only training needs it)

    from ..pictures.image_files import FORMATS  # noqa: PLC0415 (only training needs it)

    existing_file(path, "a picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=sorted(set(FORMATS.values()))) as picture:
                width, height = picture.size
    except UnidentifiedImageError as error:
        raise CommandError(f"{path} is not a picture: PNG, JPEG, WebP, BMP and TIFF can be read") from error
    except Image.DecompressionBombError as error:
        raise CommandError(f"{path} is too large: at most {MOST_PIXELS:,} pixels can be read") from error
    except OSError as error:
        raise CommandError(f"{path} cannot be read as a picture: {error}") from error
    if min(width, height) < LEAST_SIDE:
        raise CommandError(f"{path} is {width} x {height} pixels, too small: each side needs at least {LEAST_SIDE}")
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise CommandError(
            f"{path} is {width:,} x {height:,} pixels, too large: "
            f"at most {MOST_SIDE:,} a side and {MOST_PIXELS:,} in all can be read"
        )


def checked_device(name: str) -> str:
    """Resolves ``name``, which may be ``auto``. Raises CommandError if torch has no such device."""
    import torch  # noqa: PLC0415 (only training needs it)

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise CommandError(f"there is no device {name!r}: use auto, cpu or cuda") from error
    if device.type not in ("cpu", "cuda"):
        raise CommandError(f"{name!r} cannot be used for training here: use auto, cpu or cuda")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise CommandError(f"torch finds {torch.cuda.device_count()} CUDA devices, so there is no {name!r}")
    return name
