"""Converts pictures of all kinds to the target of an image fit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..basics.arguments import integer
from ..pictures.arrangement import Arrangement, Layout, arrangement, laid_out
from ..pictures.foreign import as_tensor
from ..pictures.image_files import checked_size, from_pil, read, resize
from .image_fit import check_target


def as_target(source: Any, size: int | tuple[int, int] | None = None, layout: Layout | None = None) -> torch.Tensor:
    """Converts ``source`` to (H, W, 3) float32 in 0..1, on its own device.

    Args:
        source: The path of an image file, a Pillow image, or an array or tensor of (H, W) or (H, W, 1|3|4), uint8 or
            floating point in 0..1. One channel is grey; four channels are laid over white.
        size: Maximum pixels along the longer side: larger pictures are reduced, smaller ones are kept. Or the exact
            (height, width). None keeps the size. Resampling is bilinear and antialiased.
        layout: The meaning of the axes of an array or tensor, such as ``"CHW"``; see `Canvas.bind`. A batch becomes one
            picture, its grid.

    Raises ValueError for an invalid size, for a picture of another shape, dtype or range, and for a file that is not a
    picture; TypeError for any other source; FileNotFoundError.

    """
    colors = _over_white(_picture(source, arrangement(layout)))
    check_target(colors)
    height, width = _resized(colors.shape[0], colors.shape[1], size)
    return resize(colors, (height, width)).clamp(0, 1)


def _picture(source: Any, arranged: Arrangement) -> torch.Tensor:
    """(H, W) or (H, W, 1|3|4), uint8 or floating point."""
    if isinstance(source, (str, os.PathLike)):
        return read(Path(source), channels=4)
    if isinstance(source, torch.Tensor):
        return laid_out(source.detach(), arranged)
    if isinstance(source, np.ndarray):
        if source.dtype not in (np.uint8, np.bool_, np.float16, np.float32, np.float64):
            raise ValueError(
                f"an array of {source.dtype} is not a picture; accepted are uint8, bool and floats in 0..1"
            )
        return laid_out(as_tensor(source), arranged)
    from PIL.Image import Image  # noqa: PLC0415 (only needed for Pillow images)

    if isinstance(source, Image):
        return from_pil(source, channels=4)
    raise TypeError(f"a picture is a path, a Pillow image, an array or a tensor, not {type(source).__name__}")


def _over_white(picture: torch.Tensor) -> torch.Tensor:
    """``picture`` over white as (H, W, 3) float32."""
    values = picture.to(torch.float32) / (255 if picture.dtype == torch.uint8 else 1)
    if values.dim() == 2:
        values = values[..., None]
    if values.shape[2] == 4:
        alpha = values[..., 3:]
        return values[..., :3] * alpha + (1 - alpha)
    return values.expand(-1, -1, 3).contiguous()


def _resized(height: int, width: int, size: int | tuple[int, int] | None) -> tuple[int, int]:
    if size is None:
        return height, width
    longer = integer(size)
    if longer is None:
        return checked_size(size, "the longer side, or (height, width)")
    if longer < 1:
        raise ValueError(f"size must be at least 1 pixel, not {longer}")
    scale = min(1.0, longer / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))
