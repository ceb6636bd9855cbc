"""Reads picture files into tensors, including memory that a view shows directly."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import torch

from ..basics.arguments import available_device
from ..pictures.image_files import read
from .tensors import create_tensor
from .view import View


def imread(
    path: str | os.PathLike[str],
    *,
    channels: int = 4,
    size: tuple[int, int] | None = None,
    device: str | torch.device = "cuda",
    shared: bool = False,
    name: str = "tensor",
    window: View | None = None,
) -> torch.Tensor:
    """Reads a PNG, JPEG, WebP, BMP or TIFF file as an (H, W, ``channels``) float32 tensor in 0..1.

    EXR and HDR files may have values above 1, which are kept. They usually hold linear light; show them with
    ``canvas.color = "linear"``.

    Args:
        path: The file. Its format is detected from its content, not its name.
        channels: 1 (grey), 3 (colour; transparency is dropped) or 4 (colour and alpha).
        size: (height, width) to resample to, bilinear and antialiased. None keeps the picture's size.
        device: Device of the tensor.
        shared: Puts the tensor into memory from `create_tensor`.
        name: Name for `create_tensor` to use in errors.
        window: The `View.window` to share the memory with. None is the latest view.

    Raises FileNotFoundError; ValueError, naming the path, for an unreadable picture and for other channels or sizes;
    ImportError for EXR and HDR without OpenImageIO (``pip install "vultorch-widget[hdr]"``); RuntimeError if a CUDA
    device is not available, and for ``shared`` if no view is open.

    """
    if not Path(path).exists():  # checked first: a missing file matters more than a missing device
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    place = available_device(device, f"imread({str(path)!r})")
    picture = read(path, channels=channels, size=size)
    if not shared:
        return picture.to(place)
    height, width = picture.shape[:2]
    tensor = create_tensor(height, width, channels, place, name=name, window=window)
    return tensor.copy_(picture.reshape(tensor.shape)).reshape(picture.shape)
