"""Allocates tensors to draw into, and shows a tensor with a single call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy.typing as npt
import torch

from ..basics.arguments import checked_tensor
from ..pictures.arrangement import GAP, Layout, Statistics
from ..pictures.grid import Columns
from ..tree.canvas import Filter
from .view import View, view_of

if TYPE_CHECKING:
    from PIL.Image import Image


def create_tensor(
    height: int,
    width: int,
    channels: int = 4,
    device: str | torch.device = "cuda:0",
    *,
    name: str = "tensor",
    window: View | None = None,
) -> torch.Tensor:
    """Returns a zero-filled float32 tensor to draw into: (height, width, channels), or (height, width) for one channel.

    With four channels, on devices that allow it, the tensor lies in the compositor's own memory, so a write appears in
    the next frame without a copy. Otherwise it is a plain tensor. It stays valid after its view is closed.

    ``window`` is a view's `View.window`; None is the latest view. ``name`` is a parameter of Vultorch's and only
    appears in errors.

    Raises RuntimeError if no view is open or a CUDA device is not available; ValueError for a size below 1 and for
    channels other than 1, 3 and 4.
    """
    what = f"create_tensor({name!r})"
    view = view_of(window, what)
    return view._parts.pictures.renderer.create_tensor(*checked_tensor(what, height, width, channels, device))


def show(
    tensor: torch.Tensor | npt.NDArray[Any] | Image,
    *,
    name: str = "tensor",
    width: int = 0,  # noqa: ARG001 (Vultorch's; pictures fill their panel)
    height: int = 0,  # noqa: ARG001
    filter: Filter = "linear",
    window: View | None = None,
    layout: Layout | None = None,
    columns: Columns = "auto",
    gap: int = GAP,
    normalize: Literal["minmax"] | Statistics | None = None,
    scale_each: bool = False,
) -> None:
    """Shows ``tensor`` in a panel named ``name``, in the latest view or ``window``.

    ``filter`` only takes effect when a ``name`` is first used. ``width`` and ``height`` are parameters of Vultorch's
    and are ignored: pictures fill their panel. The other arguments are those of `Canvas.bind`.

    Raises RuntimeError if no view is open, and what `Canvas.bind` raises.
    """
    view = view_of(window, "show")
    view.panel(name).canvas(name, filter=filter).bind(
        tensor, layout=layout, columns=columns, gap=gap, normalize=normalize, scale_each=scale_each
    )
