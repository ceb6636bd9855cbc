"""Pictures from files straight into the memory that a view shows."""

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
    """The picture in a PNG, JPEG, WebP, BMP or TIFF file: (H, W, ``channels``) float32 in 0..1.

    An EXR or HDR file has values beyond 1, which stay as they are: linear light as a rule, for which there is
    ``canvas.color = "linear"``.

    Args:
        path: The file. Its content says of which format it is, not its name.
        channels: 1 (gray), 3 (colour; transparency is dropped) or 4 (colour and alpha).
        size: (height, width) to resample to, bilinear and antialiased; None keeps the picture's own.
        device: Where the tensor is to be.
        shared: Puts it into memory from `create_tensor`.
        name: What `create_tensor` calls it in errors.
        window: The `View.window` to share it with, the latest view's where it is None.

    Raises FileNotFoundError; ValueError, naming the path, for a file that is no such picture, and for other channels or
    sizes; ImportError for EXR and HDR without OpenImageIO (``pip install "vultorch-widget[hdr]"``); RuntimeError for a
    CUDA device where there is none, and for ``shared`` where there is no view.

    """
    if not Path(path).exists():  # first: a device that is missing as well is the smaller trouble
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    place = available_device(device, f"imread({str(path)!r})")
    picture = read(path, channels=channels, size=size)
    if not shared:
        return picture.to(place)
    height, width = picture.shape[:2]
    tensor = create_tensor(height, width, channels, place, name=name, window=window)
    return tensor.copy_(picture.reshape(tensor.shape)).reshape(picture.shape)
