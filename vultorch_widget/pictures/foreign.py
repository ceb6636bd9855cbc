"""Pictures of other libraries as tensors: NumPy arrays and Pillow images."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

_BYTES = ("L", "RGB", "RGBA")
"""Pillow modes that are kept as they are."""


def as_tensor(thing: Any, *, labels: bool = False) -> torch.Tensor:
    """``thing`` itself unless it is a NumPy array or a Pillow image, which are copied once into a new CPU tensor.

    An array keeps its shape and dtype. An image becomes (H, W) or (H, W, 3|4) uint8, or (H, W) float32 if it has more
    than 8 bits, rotated according to its EXIF data. With ``labels``, an image with a palette keeps its numbers.

    Raises ValueError for an array of a dtype that torch does not have, and for an image of integers beyond 16 bits.
    """
    if isinstance(thing, torch.Tensor):
        return thing
    if isinstance(thing, np.ndarray):
        # Copied, because strides may be negative and the memory read-only; torch knows only the machine's byte order.
        try:
            return torch.from_numpy(np.array(thing, dtype=thing.dtype.newbyteorder("="), order="K"))
        except TypeError as error:
            raise ValueError(f"an array of dtype {thing.dtype} is not a picture: {error}") from error
    if "PIL" in {cls.__module__.partition(".")[0] for cls in type(thing).__mro__}:
        return torch.from_numpy(np.array(thing)) if labels and thing.mode == "P" else _from_pillow(thing)
    return thing  # type: ignore[no-any-return]  # whoever checks it says what is wrong


def _from_pillow(image: Any) -> torch.Tensor:
    from PIL import ImageOps  # noqa: PLC0415

    image = ImageOps.exif_transpose(image)
    if is_deep(image):
        return deep(image)
    if image.mode not in _BYTES:
        transparent = image.mode in ("LA", "PA", "La", "RGBa") or "transparency" in image.info
        image = image.convert("RGBA" if transparent else "L" if image.mode == "1" else "RGB")
    return torch.from_numpy(np.array(image))


def is_deep(image: Any) -> bool:
    """Whether the Pillow ``image`` has one channel of more than 8 bits."""
    return bool(image.mode == "F" or image.mode.startswith("I"))


def deep(image: Any) -> torch.Tensor:
    """(H, W) float32 of an image that `is_deep`: in 0..1, but mode F keeps its values.

    Raises ValueError for integers beyond 16 bits.
    """
    gray: npt.NDArray[np.float32] = np.array(image, dtype=np.float32)
    if image.mode != "F":
        gray /= 65535
        if not ((gray >= 0) & (gray <= 1)).all():
            raise ValueError("a picture of integers beyond 0..65535 has no range that could be taken for 0..1")
    return torch.from_numpy(gray)
